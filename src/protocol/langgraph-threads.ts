import { z } from 'zod';
import type { Item } from '../api/item.ts';
import type { Conversation } from '../api/thread-metadata.ts';
import { invalid } from '../shared/error.ts';
import type { JsonObject } from '../shared/json.ts';
import { beginningOf, lineOf } from '../shared/text.ts';
import { integerParameter, textParameter, timeField } from './fields.ts';
import { limits } from './limits.ts';

/*
 * Threads and their messages in the plain form that chat pages over LangGraph use. Everything that a thread's
 * entry tells is on its head, so that a list costs a scan of heads.
 */

export const messageRoles = ['user', 'assistant'] as const;
export type MessageRole = (typeof messageRoles)[number];

export const defaultConversationTitle = 'New Conversation';
const titleLengthMax = 50;
const lastMessageLengthMax = 100;

const uuidField = z.guid();

export interface ThreadMetadata {
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

export const ThreadMetadataSchema: z.ZodType<ThreadMetadata> = z
  .looseObject({
    threadId: uuidField,
    userId: uuidField.describe('The owner.'),
    title: z
      .string()
      .min(1)
      .max(titleLengthMax)
      .default(defaultConversationTitle)
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
  .describe('A thread as an entry of a list of conversations.');

export interface ThreadListResponse {
  readonly threads: readonly ThreadMetadata[];
  /** Threads of the user, counted up to 1,000: 1,000 means so many or more. */
  readonly total: number;
  /** Give it as `after` for the page that follows; `null` means the end. */
  readonly nextCursor?: string | null | undefined;
}

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
  .describe('Conversations, most recent first.');

export interface Message {
  readonly id: string;
  readonly role: MessageRole;
  readonly content: string;
  readonly timestamp: string;
}

export const MessageSchema: z.ZodType<Message> = z.looseObject({
  id: z.string().min(1),
  role: z.enum(messageRoles),
  content: z.string().describe('Its text; empty when it holds something else only.'),
  timestamp: timeField,
});

export interface MessageHistory {
  readonly threadId: string;
  /** Oldest first. */
  readonly messages: readonly Message[];
  /** Give it as `after` for the messages that follow; `null` means the end. */
  readonly nextCursor?: string | null | undefined;
}

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

export interface MessagePageOptions {
  /** Default 1,000, 1 to 1,000. Tools and systems do not show: a page may be shorter. */
  readonly limit?: number;
  readonly after?: string;
}

export interface ConversationPageOptions {
  /** Default 100, 1 to 1,000. */
  readonly limit?: number;
  /** The `nextCursor` of the page before. */
  readonly after?: string;
}

export const conversationsPageSizeDefault = 100;
export const messagesPageSizeDefault = 1000;

const afterParameter = textParameter('The nextCursor of a page: what follows it.');

export const conversationListQuery: z.ZodType<ConversationPageOptions> = z.strictObject({
  limit: integerParameter(
    1,
    limits.pageSizeMax,
    `Threads of the page, ${conversationsPageSizeDefault} unless given.`,
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

export function isUuid(text: string): boolean {
  return uuidField.safeParse(text).success;
}

/** Threads and users have UUIDs here. Throws `invalid_request`. */
export function mustUuid(value: unknown, path: string): string {
  if (typeof value === 'string' && isUuid(value)) return value;
  throw invalid(path, 'must be a UUID');
}

/** A conversation as an entry of the list. Its ids must be UUIDs. */
export function toThreadMetadata({
  thread,
  messageCount,
  lastMessage,
  opening,
}: Conversation): ThreadMetadata {
  const { titleSource } = thread;
  return {
    threadId: thread.id,
    userId: thread.ownerId,
    title: titleSource === 'default' ? defaultConversationTitle : titleOf(opening, thread.title),
    ...(lastMessage && {
      lastMessage: conversationPreview(lastMessage.text),
      lastMessageRole: lastMessage.role === 'user' ? 'user' : 'assistant',
    }),
    messageCount,
    createdAt: thread.createdAt,
    updatedAt: thread.updatedAt,
    isEmpty: messageCount === 0,
  };
}

/** An item as a message, or `undefined` when neither the user nor the assistant said it. */
export function toMessage(item: Item): Message | undefined {
  const role = messageRoles.find((candidate) => candidate === item.role);
  if (role === undefined || item.redactedAt !== undefined) return undefined;
  const texts = item.parts.flatMap(({ type, text }) =>
    type === 'text' && typeof text === 'string' ? [text] : [],
  );
  return { id: messageIdOf(item), role, content: texts.join(''), timestamp: item.createdAt };
}

/** A message of a graph keeps the id that it has there, however often it is edited. */
function messageIdOf({ id, metadata }: Item): string {
  const mark = metadata.langchain;
  if (typeof mark !== 'object' || mark === null || Array.isArray(mark)) return id;
  const own = (mark as JsonObject).id; // neither null, nor a scalar, nor an array
  return typeof own === 'string' && own !== '' ? own : id;
}

/** What the user said first was cut when it was stored, and is not cut anew: its last character may be a blank. */
function titleOf(opening: string | undefined, title: string): string {
  return opening || conversationTitle(title);
}

/**
 * The title that a text gives: the first 50 characters of it on one line, without the blanks around the text and with
 * nothing added, or the default where that is nothing.
 */
export function conversationTitle(text: string): string {
  return beginningOf(text, titleLengthMax) || defaultConversationTitle;
}

/** What a list shows of a message: its first 100 characters on one line, with single spaces. */
export function conversationPreview(text: string): string {
  return lineOf(text, lastMessageLengthMax);
}
