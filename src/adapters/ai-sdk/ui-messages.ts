import type { UIMessage } from 'ai';
import { fromDataMention, toDataMention } from '../../shared/mention-data.ts';
import { mustMentionFew, toParts } from '../../shared/parts.ts';
import { isObject, toJson, type JsonObject, type JsonValue } from '../../shared/json.ts';
import { mustBoolean, mustOneOf, mustShortText } from '../../shared/validate.ts';
import type { Item, NewItem, Part, Role } from '../../api/item.ts';
import { invalid, type SkeinError } from '../../shared/error.ts';

/**
 * Fields of an item's metadata that describe its UI message. The message's own metadata never holds
 * them, and a message that brings one is refused.
 */
export const reservedMetadata = {
  /** The message's id if it differs from the item's key: on a revision that continues a message. */
  messageId: 'skein:messageId',
  /** The message's metadata if it is not an object, or an empty one, which differs from none. */
  metadata: 'skein:metadata',
  /** On the message of an item of the role `tool`, which UI messages lack. */
  role: 'skein:role',
} as const;

/** Represents no parts: an item has at least one, a message need not. */
const emptyPart: Part = { type: 'skein-empty' };

/** The fields of an item that make a message; `NewItem`s have them, too. */
export type MessageItem = Pick<Item, 'role' | 'parts' | 'metadata'> &
  Partial<Pick<Item, 'id' | 'key' | 'private'>>;

/**
 * The messages of items, in their order, for `useChat` and everything else that takes the AI SDK's
 * UI messages. All parts are as stored, including unknown kinds; only a mention is a data part,
 * `data-mention` with `{userId, name?}`, since the AI SDK refuses other kinds. The id is the
 * client's own if it gave one, or else the item's. An item of the role `tool` becomes an
 * assistant's message.
 */
export function toUIMessages<Message extends UIMessage = UIMessage>(
  items: readonly MessageItem[],
): Message[] {
  // The application stored messages of its own type.
  return items.map((item) => toUIMessage(item) as unknown as Message);
}

interface PlainMessage {
  readonly id: string;
  readonly role: Exclude<Role, 'tool'>;
  readonly metadata?: JsonValue;
  readonly parts: readonly Part[];
}

function toUIMessage(item: MessageItem): PlainMessage {
  const {
    [reservedMetadata.messageId]: id,
    [reservedMetadata.metadata]: whole,
    ...own
  } = item.metadata;
  const isTool = item.role === 'tool';
  const told = isTool ? { ...own, [reservedMetadata.role]: 'tool' } : own;
  const metadata = withPrivate(metadataOf(told, whole), item.private === true);
  return {
    id: messageIdOf(item, id),
    role: item.role === 'tool' ? 'assistant' : item.role,
    ...(metadata !== undefined && { metadata }),
    parts: item.parts.filter((part) => part.type !== emptyPart.type).map(toDataMention),
  };
}

function messageIdOf({ id, key }: MessageItem, told: JsonValue | undefined): string {
  if (typeof told === 'string') return told;
  const known = key ?? id;
  if (known === undefined) throw new TypeError('An item needs an id or a key to be a message.');
  return known;
}

/** A run that continued the message may have added `fields` to empty metadata. */
function metadataOf(fields: JsonObject, whole: JsonValue | undefined): JsonValue | undefined {
  if (!isEmptyObject(fields)) return whole === undefined || isEmptyObject(whole) ? fields : whole;
  return whole;
}

/** Metadata that is no object has no place for it. */
function withPrivate(metadata: JsonValue | undefined, isPrivate: boolean): JsonValue | undefined {
  if (!isPrivate) return metadata;
  if (metadata === undefined) return { private: true };
  return isObject(metadata) ? { ...metadata, private: true } : metadata;
}

function isEmptyObject(value: JsonValue): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

/** A message as an item to append. */
export interface MessageNewItem extends Omit<NewItem, 'parts' | 'text'> {
  readonly key: string;
  readonly parts: readonly Part[];
  readonly metadata: JsonObject;
}

/**
 * The items of UI messages, in their order. The message's id is the item's key, so that appending
 * the same message twice stores it once. Nothing is lost: `toUIMessages` returns equal messages.
 * A message with `private: true`, its own or in its metadata, is a private item; it comes back with
 * `metadata.private`.
 * Throws `invalid_request` with the paths of malformed fields, such as `2.parts.0.text`.
 */
export function fromUIMessages(messages: readonly UIMessage[]): MessageNewItem[] {
  if (!Array.isArray(messages)) throw invalid('', 'must be an array of messages');
  return messages.map((message, i) => fromUIMessage(message, String(i)));
}

/** Like `fromUIMessages`, for one message from any source. `path` begins the paths of errors. */
export function fromUIMessage(message: unknown, path = ''): MessageNewItem {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    throw invalid(path, 'must be a message: {id, role, parts}');
  }
  const at = (field: string): string => (path === '' ? field : `${path}.${field}`);
  const fields: { [field: string]: unknown } = { ...message };
  const { id, role, parts } = fields;
  const key = mustShortText(id, at('id'));
  const messageRole = mustOneOf(messageRoles, role, at('role'));
  const { isPrivate, metadata } = splitPrivate(fields, at);
  const values = fromMetadata(metadata, at('metadata'));
  const { [reservedMetadata.role]: itemRole, ...rest } = values;
  const isTool = messageRole === 'assistant' && itemRole === 'tool';
  if (itemRole !== undefined && !isTool)
    throw reserved(`${at('metadata')}.${reservedMetadata.role}`);
  return {
    key,
    role: isTool ? 'tool' : messageRole,
    metadata: rest,
    parts: fromParts(parts, at('parts')),
    ...(isPrivate && { private: true }),
  };
}

/**
 * Whether the message is private, and its metadata without that, as it is stored. Only true and
 * false are taken, so that no message is shown to others because of a slip.
 */
function splitPrivate(
  { private: own, metadata }: { readonly [field: string]: unknown },
  at: (field: string) => string,
): { readonly isPrivate: boolean; readonly metadata: unknown } {
  const isPrivate = own === undefined ? false : mustBoolean(own, at('private'));
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    return { isPrivate, metadata };
  }
  const { private: inner, ...rest }: { [field: string]: unknown } = { ...metadata };
  if (inner === undefined) return { isPrivate, metadata };
  if (!mustBoolean(inner, at('metadata.private'))) return { isPrivate, metadata };
  return { isPrivate: true, metadata: Object.keys(rest).length === 0 ? undefined : rest };
}

function reserved(path: string): SkeinError {
  return invalid(path, 'is reserved');
}

const messageRoles = ['user', 'assistant', 'system'] as const;

function fromParts(parts: unknown, path: string): readonly Part[] {
  if (Array.isArray(parts) && parts.length === 0) return [emptyPart];
  const known = toParts(parts, path).map(fromDataMention);
  mustMentionFew(known, path);
  const empty = known.findIndex((part) => part.type === emptyPart.type);
  if (empty >= 0) throw reserved(`${path}.${empty}.type`);
  return known;
}

function fromMetadata(metadata: unknown, path: string): JsonObject {
  if (metadata === undefined) return {};
  const value = toJson(metadata, path);
  if (!isObject(value) || isEmptyObject(value)) return { [reservedMetadata.metadata]: value };
  for (const field of [reservedMetadata.messageId, reservedMetadata.metadata]) {
    if (Object.hasOwn(value, field)) throw reserved(`${path}.${field}`);
  }
  return value;
}
