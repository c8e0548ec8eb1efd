import {
  type LiveQuery,
  encodeLiveEvent,
  liveContentType,
  liveQuery,
} from '../../protocol/live-events.ts';
import { eventHeaders as headers } from '../live/event-headers.ts';
import { empty, events } from '../answer.ts';
import { defineRoute, type Route } from '../route.ts';

const followThread = defineRoute<undefined, LiveQuery>({
  method: 'GET',
  path: '/v1/threads/{threadId}/live',
  name: 'followThread',
  group: 'Live tail',
  summary: 'Follow a thread',
  description:
    'Server-sent events: `item` (an item), `change` (an amendment, with the `item` that now stands in its place) ' +
    'and `head` (the thread). Each `id` is a cursor; connect again with it as `Last-Event-ID`, or as `after`, ' +
    'and nothing is lost and nothing comes twice. A comment line every 15 seconds shows that the connection lives.',
  access: 'caller',
  query: liveQuery,
  answers: {
    200: { description: 'The events, until the client goes.', contentType: liveContentType },
  },
  async action(call) {
    const threadId = call.param('threadId');
    if (call.method === 'HEAD') {
      await call.project.threads.get(threadId);
      return empty(200, { ...headers, 'content-type': liveContentType });
    }
    // A browser that connects again repeats the address it began with: what it has seen since then wins.
    const lastEventId = call.headers.get('last-event-id');
    const query = lastEventId ? { ...call.query, after: lastEventId } : call.query;
    const { threads } = call.project;
    return events(
      (signal) => threads.live(threadId, { ...query, signal }),
      encodeLiveEvent,
      headers,
    );
  },
});

export const liveRoutes: readonly Route[] = [followThread];
