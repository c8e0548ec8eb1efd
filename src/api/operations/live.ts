import type { LiveOptions } from '../live.ts';
import type { NounOf } from '../operation.ts';

export const liveEndpoints = {
  followThread: 'GET /v1/threads/{threadId}/live',
} as const;

export const liveTable = {
  group: 'Live tail',
  parameters: {},
  operations: {
    followThread: {
      summary: 'Follow a thread',
      description: [
        'Server-sent events: `item` (an item), `change` (an amendment, with the `item` that now',
        'stands in its place) and `head` (the thread).',
        'Each `id` is a cursor; reconnect with it as `Last-Event-ID` or `after`, and no event',
        'is lost or arrives twice.',
        'A comment line every 15 seconds shows that the connection is alive.',
      ],
      query: 'LiveQuery',
      takesLastEventId: true,
      responses: {
        200: {
          description: 'The events, until the client disconnects.',
          contentType: 'text/event-stream',
        },
      },
    },
  },
} as const;

export type LiveQuery = Omit<LiveOptions, 'signal'>;

interface LiveTypes {
  readonly schemas: object;
  readonly queries: { readonly LiveQuery: LiveQuery };
}

export type LiveNoun = NounOf<typeof liveEndpoints, typeof liveTable, LiveTypes>;
