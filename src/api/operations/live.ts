import type { LiveOptions, LiveView } from '../live.ts';
import type { NounOf } from '../operation.ts';

export const liveEndpoints = {
  followThread: 'GET /v1/threads/{threadId}/live',
  followThreads: 'GET /v1/live',
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
    followThreads: {
      summary: 'Follow many threads',
      description: [
        'Server-sent events of all of them, as of a single thread, each with `threadId` in its data.',
        'An `id` is the id of the thread, `@` and a cursor of that thread: reconnect with the newest',
        'of each thread as `thread`, and no event is lost or arrives twice.',
        '`end` (`threadId`, `code`, `detail`) says that one of the threads is not followed, or not any',
        'more; the others go on. `run`, `read`, `typing` and `presence` have no id: they tell what happens',
        'now.',
      ],
      query: 'LiveChannelQuery',
      repeats: ['thread'],
      takesLastEventId: true,
      exampleQuery: '?thread=THREAD_ID',
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

export interface LiveChannelQuery {
  /** `ID`, or `ID@CURSOR`. */
  readonly thread?: readonly string[];
  readonly view?: LiveView;
  /** See `LiveThread.presence`, of all of them. */
  readonly presence?: boolean;
}

interface LiveTypes {
  readonly schemas: object;
  readonly queries: { readonly LiveQuery: LiveQuery; readonly LiveChannelQuery: LiveChannelQuery };
}

export type LiveNoun = NounOf<typeof liveEndpoints, typeof liveTable, LiveTypes>;
