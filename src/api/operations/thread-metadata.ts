import type { NounOf } from '../operation.ts';

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

export const messageRoles = ['user', 'assistant'] as const;
export type MessageRole = (typeof messageRoles)[number];

export interface WireThreadMetadata {
  readonly threadId: string;
  readonly userId: string;
  readonly title: string;
  readonly lastMessage?: string | undefined;
  readonly lastMessageRole?: MessageRole | undefined;
  readonly messageCount: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly isEmpty: boolean;
}

export interface ThreadListResponse {
  readonly threads: readonly WireThreadMetadata[];
  /** The number of the user's threads, counted up to 1,000: 1,000 means 1,000 or more. */
  readonly total: number;
  /** Give it as `after` to read the following page; `null` means the end. */
  readonly nextCursor?: string | null | undefined;
}

export interface Message {
  readonly id: string;
  readonly role: MessageRole;
  readonly content: string;
  readonly timestamp: string;
}

export interface MessageHistory {
  readonly threadId: string;
  /** Oldest first. */
  readonly messages: readonly Message[];
  /** Give it as `after` to read the following messages; `null` means the end. */
  readonly nextCursor?: string | null | undefined;
}

export interface MessagePageOptions {
  /**
   * 1 to 1,000. Default 1,000. Items of tools and systems are left out, so a page may be shorter.
   */
  readonly limit?: number;
  readonly after?: string;
  /** As in `ItemListOptions`. */
  readonly private?: boolean;
}

export interface ThreadMetadataPageOptions {
  /** 1 to 1,000. Default 100. */
  readonly limit?: number;
  /** The `nextCursor` of the previous page. */
  readonly after?: string;
}

/** The list is the caller's own: `userId` may name the caller, and no one else. */
export interface ThreadMetadataQuery extends ThreadMetadataPageOptions {
  readonly userId?: string;
}

interface ThreadMetadataTypes {
  readonly schemas: {
    readonly ThreadMetadata: WireThreadMetadata;
    readonly ThreadListResponse: ThreadListResponse;
    readonly Message: Message;
    readonly MessageHistory: MessageHistory;
  };
  readonly queries: {
    readonly ThreadMetadataListQuery: ThreadMetadataQuery;
    readonly MessageListQuery: MessagePageOptions;
  };
}

export type ThreadMetadataNoun = NounOf<
  typeof threadMetadataEndpoints,
  typeof threadMetadataTable,
  ThreadMetadataTypes
>;
