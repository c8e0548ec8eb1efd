import type { MessageRole } from '../../../protocol/thread-metadata.ts';
import { messageTime } from '../message-time.ts';

/** What a list of messages shows of a message of a graph's state. */
export interface MessageFields {
  readonly role: MessageRole;
  readonly content: string;
  /** The same as a line of a list begins with: its texts apart from each other. */
  readonly words: string;
  /** The message's own id. */
  readonly id: string | undefined;
  /** When the message says it was made, in milliseconds since 1970. */
  readonly timeMs: number | undefined;
}

/**
 * Reads a message in any form that states hold it in: an object of LangChain's classes, what such an object
 * is as JSON (`{lc, id, kwargs}`), or a plain `{role or type, content}`. `undefined` for what neither the user
 * nor the assistant said.
 */
export function readMessageFields(message: unknown): MessageFields | undefined {
  if (!isRecord(message)) return undefined;
  const fields = isRecord(message.kwargs) && 'lc' in message ? message.kwargs : message;
  const role = roles.get(kindOf(message, fields));
  if (role === undefined) return undefined;
  const { id } = fields;
  const texts = textsOf(fields.content);
  return {
    role,
    content: texts.join(''),
    words: texts.join(' '),
    id: typeof id === 'string' && id !== '' ? id : undefined,
    timeMs: messageTime(fields),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

const roles: ReadonlyMap<string, MessageRole> = new Map([
  ['human', 'user'],
  ['user', 'user'],
  ['HumanMessage', 'user'],
  ['HumanMessageChunk', 'user'],
  ['ai', 'assistant'],
  ['assistant', 'assistant'],
  ['AIMessage', 'assistant'],
  ['AIMessageChunk', 'assistant'],
]);

function kindOf(message: Fields, fields: Fields): string {
  for (const kind of [fields.role, message.type, fields.type]) {
    if (typeof kind === 'string' && kind !== 'constructor') return kind;
  }
  // A LangChain class: its older versions have the type as a method only.
  if (typeof message.getType === 'function') return String(message.getType());
  return Array.isArray(message.id) ? String(message.id.at(-1)) : '';
}

/** Content is a text, or blocks of which some are texts. */
function textsOf(content: unknown): string[] {
  if (typeof content === 'string') return [content];
  if (!Array.isArray(content)) return [];
  return content.flatMap((block: unknown) => textOfBlock(block) ?? []);
}

function textOfBlock(block: unknown): string | undefined {
  if (typeof block === 'string') return block;
  if (!isRecord(block) || (block.type !== undefined && block.type !== 'text')) return undefined;
  return typeof block.text === 'string' ? block.text : undefined;
}
