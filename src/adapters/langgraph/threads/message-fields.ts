import type { MessageRole } from '../../../api/operations/thread-metadata.ts';
import { mentionText, toMention } from '../../../shared/mentions.ts';
import { messageTime } from '../message-time.ts';

/** The fields of a state's message that a list of messages shows. */
export interface MessageFields {
  readonly role: MessageRole;
  readonly content: string;
  /** The beginning of a line in a list: the message's texts, separated. */
  readonly words: string;
  /** The message's own id. */
  readonly id: string | undefined;
  /** The message's own time, in milliseconds since 1970. */
  readonly timeMs: number | undefined;
}

/**
 * Reads a message in any form that states hold: an object of LangChain's classes, such an object as
 * JSON (`{lc, id, kwargs}`), or a plain `{role or type, content}`. `undefined` unless the user or
 * the assistant said it.
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
  // A LangChain class: older versions have the type only as a method.
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
  if (!isRecord(block)) return undefined;
  if (block.type === 'mention') return textOfMention(block);
  if (block.type !== undefined && block.type !== 'text') return undefined;
  return typeof block.text === 'string' ? block.text : undefined;
}

function textOfMention({ userId, name }: Fields): string | undefined {
  if (typeof userId !== 'string') return undefined;
  const named = typeof name === 'string' && { name };
  const mention = toMention({ type: 'mention', userId, ...named });
  return mention && mentionText(mention);
}
