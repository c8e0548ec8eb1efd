/**
 * A message in the state of a graph, wherever it stands: as LangChain serializes its classes
 * (`{lc: 1, id: […], kwargs: {id, content, …}}`), or as a plain object with a role or type. One
 * whose item was redacted becomes a tombstone. That keeps its id and what ties it to other
 * messages, as providers want an output for each call, and says in its content that it is gone.
 */
import type { Packed } from '../../api/checkpoint.ts';
import { sha256Soon } from '../../shared/bytes.ts';
import { isObject, type JsonObject, type JsonValue } from '../../shared/json.ts';
import { isShortText } from '../../shared/text.ts';

/** Whether the item with a key was redacted. */
export type IsGone = (key: string) => boolean | Promise<boolean>;

/** The same value with tombstones; the identical one if it has no message that is gone. */
export async function withTombstones(packed: Packed, isGone: IsGone): Promise<Packed> {
  const { json, text } = packed;
  if (json !== undefined) {
    const told = await replaceIn(json, isGone);
    return told === json ? packed : { ...packed, json: told };
  }
  const parsed = text === undefined ? undefined : parse(text);
  if (parsed === undefined) return packed; // bytes, or another serializer's text
  const told = await replaceIn(parsed, isGone);
  return told === parsed ? packed : { ...packed, text: JSON.stringify(told) };
}

export async function replaceIn(value: JsonValue, isGone: IsGone): Promise<JsonValue> {
  const ids = new Set<string>();
  collectIds(value, ids);
  const gone = new Set<string>();
  for (const id of ids) if (await isGone(await keyOfMessage(id))) gone.add(id);
  return gone.size === 0 ? value : replace(value, gone);
}

/** The key of the item that shows a message with this id. */
async function keyOfMessage(id: string): Promise<string> {
  if (isShortText(id, keyLengthMax)) return id;
  return `sha256:${await sha256Soon(JSON.stringify(id))}`;
}

const keyLengthMax = 128;

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue; // JSON.parse gives JSON
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

interface Message {
  readonly id: string;
  readonly fields: JsonObject;
}

/** The message that an object is, if it is one. */
function messageIn(value: JsonObject): Message | undefined {
  const { lc, kwargs, role, type } = value;
  const isClass = lc === 1 && isObject(kwargs);
  const fields = isClass ? kwargs : value;
  const isMessage = isClass || typeof role === 'string' || typeof type === 'string';
  const { id, content } = fields;
  return isMessage && typeof id === 'string' && content !== undefined ? { id, fields } : undefined;
}

function collectIds(value: JsonValue, ids: Set<string>): void {
  if (Array.isArray(value)) {
    for (const inner of value as readonly JsonValue[]) collectIds(inner, ids); // an array of JSON
  } else if (isObject(value)) {
    const message = messageIn(value);
    if (message) ids.add(message.id);
    for (const inner of Object.values(value)) collectIds(inner, ids);
  }
}

function replace(value: JsonValue, gone: ReadonlySet<string>): JsonValue {
  if (Array.isArray(value)) {
    return (value as readonly JsonValue[]).map((inner) => replace(inner, gone)); // as above
  }
  if (!isObject(value)) return value;
  const message = messageIn(value);
  if (message && gone.has(message.id)) {
    const told = tombstoneOf(message.fields);
    return message.fields === value ? told : { ...value, kwargs: told };
  }
  return Object.fromEntries(
    Object.entries(value).map(([field, inner]) => [field, replace(inner, gone)]),
  );
}

const tombstoneText = 'This message was redacted.';

function tombstoneOf(message: JsonObject): JsonObject {
  const kept = Object.entries(message).filter(([field]) => keptFields.has(field));
  const { tool_calls: calls, tool_call_id: callId, name } = message;
  return {
    ...Object.fromEntries(kept),
    content: tombstoneText,
    ...(message.additional_kwargs !== undefined && { additional_kwargs: {} }),
    ...(message.response_metadata !== undefined && { response_metadata: {} }),
    ...(Array.isArray(calls) && { tool_calls: calls.map(withoutArguments) }),
    ...(callId !== undefined && name !== undefined && { name }), // of a tool
  };
}

const keptFields: ReadonlySet<string> = new Set(['id', 'type', 'role', 'tool_call_id', 'status']);

function withoutArguments(call: JsonValue): JsonValue {
  if (!isObject(call)) return {};
  const { id, name, type } = call;
  return {
    ...(id !== undefined && { id }),
    ...(name !== undefined && { name }),
    ...(type !== undefined && { type }),
    args: {},
  };
}
