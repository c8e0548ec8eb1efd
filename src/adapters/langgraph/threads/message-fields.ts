import type { MessageRole } from '../../../protocol/langgraph-threads.ts';

/** What a conversation shows of a message of a graph's state. */
export interface MessageFields {
  readonly role: MessageRole;
  readonly content: string;
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
  return {
    role,
    content: textOf(fields.content),
    id: typeof id === 'string' && id !== '' ? id : undefined,
    timeMs: timeOf(fields),
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
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((block: unknown) => textOfBlock(block)).join('');
}

function textOfBlock(block: unknown): string {
  if (typeof block === 'string') return block;
  if (!isRecord(block) || (block.type !== undefined && block.type !== 'text')) return '';
  return typeof block.text === 'string' ? block.text : '';
}

const timeNames = ['timestamp', 'created_at', 'createdAt', 'created'];

function timeOf(fields: Fields): number | undefined {
  for (const place of [
    fields,
    fields.additional_kwargs,
    fields.response_metadata,
    fields.metadata,
  ]) {
    if (!isRecord(place)) continue;
    for (const name of timeNames) {
      const timeMs = parseTime(place[name]);
      if (timeMs !== undefined) return timeMs;
    }
  }
  return undefined;
}

/** A date, an ISO 8601 text, or a number of milliseconds, or of seconds as models tell it. */
function parseTime(value: unknown): number | undefined {
  let timeMs = Number.NaN;
  if (value instanceof Date) timeMs = value.getTime();
  else if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(value))
    timeMs = Date.parse(value);
  else if (typeof value === 'number' && value > 0)
    timeMs = value < secondsMax ? value * 1000 : value;
  // What no date can show is no time.
  return Math.abs(timeMs) <= 8.64e15 ? Math.trunc(timeMs) : undefined;
}

/** Numbers below are seconds: as milliseconds they would lie before 1974. */
const secondsMax = 1e11;
