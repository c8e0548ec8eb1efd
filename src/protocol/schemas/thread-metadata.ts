import { z } from 'zod';
import {
  messageRoles,
  type Message,
  type MessageHistory,
  type MessagePageOptions,
  type ThreadListResponse,
  type WireThreadMetadata,
  type ThreadMetadataNoun,
  type ThreadMetadataQuery,
} from '../../api/operations/thread-metadata.ts';
import { limits } from '../../api/limits.ts';
import {
  defaultMetadataTitle,
  lastMessageLengthMax,
  messagesPageSizeDefault,
  threadMetadataPageSizeDefault,
  metadataTitleLengthMax,
} from '../thread-metadata.ts';
import { booleanParameter, integerParameter, textParameter, timeField } from './fields.ts';
import type { NounSchemas } from './noun-schemas.ts';

const uuidField = z.guid();

export const ThreadMetadataSchema: z.ZodType<WireThreadMetadata> = z
  .looseObject({
    threadId: uuidField,
    userId: uuidField.describe('The owner.'),
    title: z
      .string()
      .min(1)
      .max(metadataTitleLengthMax)
      .default(defaultMetadataTitle)
      .describe("The beginning of the user's first message, unless the thread was given a title."),
    lastMessage: z
      .string()
      .max(lastMessageLengthMax)
      .optional()
      .describe('The last message of the user or the assistant; empty if it has no text.'),
    lastMessageRole: z.enum(messageRoles).optional(),
    messageCount: z.int().min(0),
    createdAt: timeField,
    updatedAt: timeField,
    isEmpty: z.boolean(),
  })
  .describe('An entry of the list of threads.');

export const ThreadListResponseSchema: z.ZodType<ThreadListResponse> = z
  .looseObject({
    threads: z.array(ThreadMetadataSchema),
    total: z
      .int()
      .min(0)
      .describe(
        "The number of the user's threads, counted up to 1,000: 1,000 means 1,000 or more.",
      ),
    nextCursor: z
      .string()
      .nullable()
      .optional()
      .describe('Give it as `after` to read the following page; null means the end.'),
  })
  .describe('Threads, most recent first.');

export const MessageSchema: z.ZodType<Message> = z.looseObject({
  id: z.string().min(1),
  role: z.enum(messageRoles),
  content: z.string().describe('Its text; empty if it has only other content.'),
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
      .describe('Give it as `after` to read the following messages; null means the end.'),
  })
  .describe('The messages of the user and the assistant.');

const afterParameter = textParameter('The nextCursor of the previous page.');

const threadMetadataListQuery: z.ZodType<ThreadMetadataQuery> = z.strictObject({
  limit: integerParameter(
    1,
    limits.pageSizeMax,
    `Threads per page. Default ${threadMetadataPageSizeDefault}.`,
  ).exactOptional(),
  after: afterParameter.exactOptional(),
  userId: textParameter("The caller's own id; another is refused.").exactOptional(),
});

const messageListQuery: z.ZodType<MessagePageOptions> = z.strictObject({
  limit: integerParameter(
    1,
    limits.pageSizeMax,
    `Items read per page. Default ${messagesPageSizeDefault}.`,
  ).exactOptional(),
  after: afterParameter.exactOptional(),
  private: booleanParameter(
    'false: without private messages and answers that saw some; true: only these.',
  ).exactOptional(),
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
