import { encodeLiveEvent } from '../../protocol/live-events.ts';
import type { LiveNoun } from '../../api/operations/live.ts';
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
};
