import { createHash } from 'node:crypto';
import { mentionsMax, mentionText, toMention } from '../../../shared/mentions.ts';
import { isShortText } from '../../../shared/text.ts';
import { isObject, type JsonObject, type JsonValue } from '../../../shared/json.ts';
import type { MessageItem, NewItem, Part, Role } from '../../../store/index.ts';
import { messageTime } from '../message-time.ts';
import { partOfBlock } from './content-block.ts';

/** The field of an item's metadata that identifies the LangChain message it shows. */
export const messageMark = 'langchain';

/**
 * The item that shows a serialized message: one of LangChain's classes, or a plain object with a
 * `role` or `type` and `content`. `undefined` for anything else.
 */
export function toMessageItem(element: JsonValue): MessageItem | undefined {
  const message = readMessage(element);
  if (message === undefined) return undefined;
  const { role, type, fields } = message;
  const { id, name } = fields;
  const writtenAtMs = messageTime(fields);
  const item: NewItem = {
    role,
    parts: partsOf(role, fields),
    ...(typeof id === 'string' && id !== '' && { key: toItemKey(id) }),
    metadata: {
      [messageMark]: {
        type,
        ...(typeof id === 'string' && { id }),
        ...(typeof name === 'string' && { name }),
      },
    },
  };
  return { item, ...(writtenAtMs !== undefined && { writtenAtMs }) };
}

/** The key of the item that shows a message. */
function toItemKey(messageId: string): string {
  if (messageId !== '' && isShortText(messageId, keyLengthMax)) return messageId;
  return `sha256:${createHash('sha256').update(JSON.stringify(messageId)).digest('base64url')}`;
}

const keyLengthMax = 128;

interface ReadMessage {
  readonly role: Role;
  readonly type: string;
  readonly fields: JsonObject;
}

function readMessage(element: JsonValue): ReadMessage | undefined {
  if (!isObject(element)) return undefined;
  const { lc, id, kwargs } = element;
  if (lc === 1 && Array.isArray(id) && isObject(kwargs)) {
    const type = typeOfClass(id.at(-1), kwargs);
    const role = type === undefined ? undefined : roles.get(type);
    return role && type !== undefined ? { role, type, fields: kwargs } : undefined;
  }
  const type = element.role ?? element.type;
  const role = typeof type === 'string' ? roles.get(type) : undefined;
  if (typeof type !== 'string' || role === undefined) return undefined;
  return element.content === undefined ? undefined : { role, type, fields: element };
}

/** `HumanMessage` and `AIMessageChunk` name their type; a `ChatMessage` has its role in a field. */
function typeOfClass(name: unknown, { role }: JsonObject): string | undefined {
  const match = typeof name === 'string' ? /^(\w+?)Message(?:Chunk)?$/.exec(name) : null;
  if (match === null) return undefined;
  const type = match[1]!.toLowerCase();
  if (type !== 'chat') return type;
  return typeof role === 'string' && roles.has(role) ? role : 'assistant';
}

const roles: ReadonlyMap<string, Role> = new Map([
  ['human', 'user'],
  ['user', 'user'],
  ['ai', 'assistant'],
  ['assistant', 'assistant'],
  ['system', 'system'],
  ['developer', 'system'],
  ['tool', 'tool'],
  ['function', 'tool'],
]);

function partsOf(role: Role, fields: JsonObject): Part[] {
  const { content, tool_call_id: toolCallId, name, status } = fields;
  if (role === 'tool' && typeof toolCallId === 'string') {
    // Often the message does not say which tool: then a model gets the name that the call has.
    const toolName = typeof name === 'string' ? name : '';
    const failed = status === 'error' && { isError: true };
    return [{ type: 'tool-result', toolCallId, toolName, output: content ?? null, ...failed }];
  }
  const parts = [...contentParts(content), ...toolCallParts(fields.tool_calls)];
  return parts.length > 0 ? parts : [{ type: 'text', text: '' }];
}

function contentParts(content: JsonValue | undefined): Part[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  if (!Array.isArray(content)) return [];
  // isArray does not narrow a readonly array.
  return withFewMentions((content as readonly JsonValue[]).map(partOfBlock));
}

/** Nothing bounds the blocks of a message. Mentions beyond the most of an item become text. */
function withFewMentions(parts: readonly Part[]): Part[] {
  let count = 0;
  return parts.map((part) => {
    const mention = toMention(part);
    if (mention) count += 1;
    return mention && count > mentionsMax ? { type: 'text', text: mentionText(mention) } : part;
  });
}

function toolCallParts(calls: JsonValue | undefined): Part[] {
  if (!Array.isArray(calls)) return [];
  // isArray does not narrow a readonly array.
  return (calls as readonly JsonValue[]).flatMap((call) => {
    if (!isObject(call) || typeof call.name !== 'string') return [];
    const toolCallId = typeof call.id === 'string' ? call.id : '';
    return [{ type: 'tool-call', toolCallId, toolName: call.name, input: call.args ?? null }];
  });
}
