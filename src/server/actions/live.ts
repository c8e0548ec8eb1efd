import type { LiveChannelOptions, LiveThread } from '../../api/live.ts';
import type { LiveChannelQuery, LiveNoun } from '../../api/operations/live.ts';
import { encodeChannelEvent, parseThreadPosition } from '../../protocol/channel-events.ts';
import { encodeLiveEvent } from '../../protocol/live-events.ts';
import { invalid } from '../../shared/error.ts';
import { events, eventsHead } from '../plain-response.ts';
import type { Actions } from '../call.ts';

export const liveActions: Actions<LiveNoun> = {
  async followThread(call) {
    const threadId = call.param('threadId');
    const { threads } = call.project;
    if (call.method === 'HEAD') {
      await threads.get(threadId);
      return eventsHead();
    }
    // A browser repeats its first address when it reconnects; what it has seen since wins.
    const lastEventId = call.headers.get('last-event-id');
    const query = lastEventId ? { ...call.query, after: lastEventId } : call.query;
    return events((signal) => threads.live(threadId, { ...query, signal }), encodeLiveEvent);
  },

  followThreads(call) {
    const options = channelOptions(call.query, call.headers.get('last-event-id'));
    if (call.method === 'HEAD') return eventsHead();
    return events((signal) => call.project.live({ ...options, signal }), encodeChannelEvent);
  },
};

/**
 * The last event's id names one of the threads. Of the others a browser that repeats its first
 * address knows nothing, so clients put all that they know into the address.
 */
function channelOptions(
  { thread = [], view, presence }: LiveChannelQuery,
  lastEventId: string | null,
): LiveChannelOptions {
  if (thread.length === 0) throw invalid('thread', 'is required: name a thread to follow');
  const last = lastEventId ? parseThreadPosition(lastEventId) : undefined;
  const threads = thread.map((text): LiveThread => {
    const position = parseThreadPosition(text);
    const options = { ...(view && { view }), ...(presence !== undefined && { presence }) };
    return { ...position, ...(position.id === last?.id && last), ...options };
  });
  return { threads };
}
