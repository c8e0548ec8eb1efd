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
      summary: 'Create an empty thread',
      description: [
        'The thread belongs to the caller, whose user id must be a UUID.',
        'It is listed immediately; pass its `threadId` to the graph as `thread_id`.',
        'The request has no body.',
      ],
      takesIdempotencyKey: true,
      responses: {
        200: {
          description: 'The thread existed already: the request was a retry.',
          schema: 'ThreadMetadata',
        },
        201: { description: 'The empty thread.', schema: 'ThreadMetadata' },
      },
    },
    listThreadMetadata: {
      summary: "List the caller's threads",
      description: [
        'Most recent first.',
        "The caller's user id must be a UUID; threads whose ids are not UUIDs are left out.",
      ],
      query: 'ThreadMetadataListQuery',
      responses: { 200: { description: 'A page of threads.', schema: 'ThreadListResponse' } },
    },
    listMessages: {
      summary: 'Read the messages of a thread',
      description: [
        'The messages of the user and the assistant, oldest first.',
        "The thread's id must be a UUID.",
      ],
      query: 'MessageListQuery',
      responses: { 200: { description: 'The messages.', schema: 'MessageHistory' } },
    },
  },
} as const;

interface ThreadMetadataTypes {
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
