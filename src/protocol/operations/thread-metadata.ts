import type { NounOf } from '../operation.ts';
import type {
  Message,
  MessageHistory,
  MessagePageOptions,
  ThreadListResponse,
  WireThreadMetadata,
  ThreadMetadataPageOptions,
} from '../thread-metadata.ts';

export const threadMetadataEndpoints = {
  createSession: 'POST /api/session',
  listThreadMetadata: 'GET /api/threads',
  listMessages: 'GET /api/threads/{threadId}/messages',
} as const;

export const threadMetadataTable = {
  group: 'Thread service',
  parameters: {},
  operations: {
    createSession: {
      summary: 'Begin a thread',
      description: [
        'An empty thread of the caller, who is known by a UUID.',
        'It is in the list at once; pass its `threadId` to the graph as `thread_id`.',
        'The request has no body.',
      ],
      takesIdempotencyKey: true,
      answers: {
        200: {
          description: 'It was there already: the request was a retry.',
          schema: 'ThreadMetadata',
        },
        201: { description: 'The empty thread.', schema: 'ThreadMetadata' },
      },
    },
    listThreadMetadata: {
      summary: "List the caller's threads",
      description: [
        'Most recent first.',
        'The caller is known by a UUID; threads whose ids are no UUIDs are left out.',
      ],
      query: 'ThreadMetadataListQuery',
      answers: { 200: { description: 'A page of threads.', schema: 'ThreadListResponse' } },
    },
    listMessages: {
      summary: 'Read the messages of a thread',
      description: [
        'Oldest first: what the user and the assistant said.',
        'The thread has a UUID.',
      ],
      query: 'MessageListQuery',
      answers: { 200: { description: 'The messages.', schema: 'MessageHistory' } },
    },
  },
} as const;

export interface ThreadMetadataTypes {
  readonly schemas: {
    readonly ThreadMetadata: WireThreadMetadata;
    readonly ThreadListResponse: ThreadListResponse;
    readonly Message: Message;
    readonly MessageHistory: MessageHistory;
  };
  readonly queries: {
    readonly ThreadMetadataListQuery: ThreadMetadataPageOptions;
    readonly MessageListQuery: MessagePageOptions;
  };
}

export type ThreadMetadataNoun = NounOf<
  typeof threadMetadataEndpoints,
  typeof threadMetadataTable,
  ThreadMetadataTypes
>;
