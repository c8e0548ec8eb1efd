import { z } from 'zod';
import { limits } from '../limits.ts';
import type { ThreadMetadataNoun } from '../operations/thread-metadata.ts';
import {
  defaultMetadataTitle,
  lastMessageLengthMax,
  messageRoles,
  messagesPageSizeDefault,
  threadMetadataPageSizeDefault,
  titleLengthMax,
  type Message,
  type MessageHistory,
  type MessagePageOptions,
  type ThreadListResponse,
  type WireThreadMetadata,
  type ThreadMetadataPageOptions,
} from '../thread-metadata.ts';
import { integerParameter, textParameter, timeField } from './fields.ts';
import type { NounSchemas } from './noun-schemas.ts';

const uuidField = z.guid();

export const ThreadMetadataSchema: z.ZodType<WireThreadMetadata> = z
  .looseObject({
    threadId: uuidField,
    userId: uuidField.describe('The owner.'),
    title: z
      .string()
      .min(1)
      .max(titleLengthMax)
      .default(defaultMetadataTitle)
      .describe('The beginning of the first words of the user, unless somebody named the thread.'),
    lastMessage: z
      .string()
      .max(lastMessageLengthMax)
      .optional()
      .describe('What the user or the assistant said last; empty when it has no words.'),
    lastMessageRole: z.enum(messageRoles).optional(),
    messageCount: z.int().min(0),
    createdAt: timeField,
    updatedAt: timeField,
    isEmpty: z.boolean(),
  })
  .describe('A thread as an entry of a list.');

export const ThreadListResponseSchema: z.ZodType<ThreadListResponse> = z
  .looseObject({
    threads: z.array(ThreadMetadataSchema),
    total: z
      .int()
      .min(0)
      .describe('Threads of the user, counted up to 1,000: 1,000 means so many or more.'),
    nextCursor: z
      .string()
      .nullable()
      .optional()
      .describe('Give it as `after` for the page that follows; null means the end.'),
  })
  .describe('Threads, most recent first.');

export const MessageSchema: z.ZodType<Message> = z.looseObject({
  id: z.string().min(1),
  role: z.enum(messageRoles),
  content: z.string().describe('Its text; empty when it holds something else only.'),
  timestamp: timeField,
});

export const MessageHistorySchema: z.ZodType<MessageHistory> = z
  .looseObject({
    threadId: uuidField,
    messages: z.array(MessageSchema).describe('Oldest first.'),
    nextCursor: z
      .string()
      .nullable()
      .optional()
      .describe('Give it as `after` for the messages that follow; null means the end.'),
  })
  .describe('What the user and the assistant said to one another.');

const afterParameter = textParameter('The nextCursor of a page: what follows it.');

export const threadMetadataListQuery: z.ZodType<ThreadMetadataPageOptions> = z.strictObject({
  limit: integerParameter(
    1,
    limits.pageSizeMax,
    `Threads of the page, ${threadMetadataPageSizeDefault} unless given.`,
  ).exactOptional(),
  after: afterParameter.exactOptional(),
});

export const messageListQuery: z.ZodType<MessagePageOptions> = z.strictObject({
  limit: integerParameter(
    1,
    limits.pageSizeMax,
    `Items that the page is made of, ${messagesPageSizeDefault} unless given.`,
  ).exactOptional(),
  after: afterParameter.exactOptional(),
});

export const threadMetadataSchemas: NounSchemas<ThreadMetadataNoun> = {
  schemas: {
    ThreadMetadata: ThreadMetadataSchema,
    ThreadListResponse: ThreadListResponseSchema,
    Message: MessageSchema,
    MessageHistory: MessageHistorySchema,
  },
  queries: {
    ThreadMetadataListQuery: threadMetadataListQuery,
    MessageListQuery: messageListQuery,
  },
};
