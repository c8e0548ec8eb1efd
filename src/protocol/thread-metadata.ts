import type { Item } from '../api/item.ts';
import {
  messageRoles,
  type Message,
  type WireThreadMetadata,
} from '../api/operations/thread-metadata.ts';
import type { ThreadMetadata } from '../api/thread-metadata.ts';
import { invalid } from '../shared/error.ts';
import type { JsonObject } from '../shared/json.ts';
import { withoutMarks } from '../shared/markdown.ts';
import { beginningOf, lineOf } from '../shared/text.ts';

/*
 * Threads and their messages in the plain form that chat pages over LangGraph use. An entry comes
 * from the thread's head alone, so a list costs one scan of heads.
 */

export const defaultMetadataTitle = 'New Conversation';
export const metadataTitleLengthMax = 50;
export const lastMessageLengthMax = 100;

export const threadMetadataPageSizeDefault = 100;
export const messagesPageSizeDefault = 1000;

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a text is a UUID of any version. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text);
}

/** Threads and users have UUIDs in this API. Throws `invalid_request`. */
export function mustUuid(value: unknown, path: string): string {
  if (typeof value === 'string' && isUuid(value)) return value;
  throw invalid(path, 'must be a UUID');
}

/** A thread as an entry of the list. Its ids must be UUIDs. */
export function toWireThreadMetadata({
  thread,
  messageCount,
  lastMessage,
  opening,
}: ThreadMetadata): WireThreadMetadata {
  const { titleSource } = thread;
  return {
    threadId: thread.id,
    userId: thread.ownerId,
    title: titleSource === 'default' ? defaultMetadataTitle : titleOf(opening, thread.title),
    ...lastMessageFields(lastMessage && metadataPreview(lastMessage.text), lastMessage?.role),
    messageCount,
    createdAt: thread.createdAt,
    updatedAt: thread.updatedAt,
    isEmpty: messageCount === 0,
  };
}

/** Chat pages expect both fields of an empty thread, too. */
export function lastMessageFields(
  lastMessage: string | undefined,
  role: string | undefined,
): Pick<WireThreadMetadata, 'lastMessage' | 'lastMessageRole'> {
  const isUser = role === undefined || role === 'user';
  return { lastMessage: lastMessage ?? '', lastMessageRole: isUser ? 'user' : 'assistant' };
}

/** An item as a message, or `undefined` if its role is neither user nor assistant. */
export function toMessage(item: Item): Message | undefined {
  const role = messageRoles.find((candidate) => candidate === item.role);
  if (role === undefined || item.redactedAt !== undefined) return undefined;
  const texts = item.parts.flatMap(({ type, text }) =>
    type === 'text' && typeof text === 'string' ? [text] : [],
  );
  return { id: messageIdOf(item), role, content: texts.join(''), timestamp: item.createdAt };
}

/** A message from a graph keeps its id there, however often it is edited. */
function messageIdOf({ id, metadata }: Item): string {
  const mark = metadata.langchain;
  if (typeof mark !== 'object' || mark === null || Array.isArray(mark)) return id;
  const own = (mark as JsonObject).id; // neither null, nor a scalar, nor an array
  return typeof own === 'string' && own !== '' ? own : id;
}

/**
 * The opening was cut when it was stored, and must not be cut again: its last character may be a
 * blank.
 */
function titleOf(opening: string | undefined, title: string): string {
  return opening || metadataTitle(title);
}

/**
 * The title from a text: its first 50 characters on one line, without surrounding blanks and
 * without an ellipsis, or the default if nothing is left.
 */
export function metadataTitle(text: string): string {
  return beginningOf(text, metadataTitleLengthMax) || defaultMetadataTitle;
}

/**
 * The preview of a message in a list: its first 100 characters on one line, with single spaces and
 * without the marks of Markdown.
 */
export function metadataPreview(text: string): string {
  return lineOf(withoutMarks(text), lastMessageLengthMax);
}
