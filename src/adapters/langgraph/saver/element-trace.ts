/**
 * A flat list of all that LangGraph's serializer looks at in a value. It shows whether serializing
 * the value again would give the same text, at a tenth of the cost of serializing it.
 *
 * Only values whose text certainly depends on nothing else have a trace: JSON, `undefined`, and
 * LangChain's own messages, whose `toJSON` gives the properties passed to their constructor.
 */
import * as messages from '@langchain/core/messages';

export type Trace = readonly unknown[];

const depthMax = 32;
const arrayMark = Symbol('array');
const objectMark = Symbol('object');

/** The trace of a value, or `undefined` if it can have none. */
export function traceOf(value: unknown): Trace | undefined {
  const trace: unknown[] = [];
  return record(value, trace, 0) ? trace : undefined;
}

/** Whether a value has this trace. */
export function hasTrace(value: unknown, trace: Trace): boolean {
  return compare(value, trace, 0) === trace.length;
}

function record(value: unknown, trace: unknown[], depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'undefined':
      trace.push(value);
      return true;
    case 'object':
      if (value !== null) return depth < depthMax && recordObject(value, trace, depth + 1);
      trace.push(null);
      return true;
    case 'function':
    case 'symbol':
    case 'bigint':
      return false;
  }
}

function recordObject(value: object, trace: unknown[], depth: number): boolean {
  if (Array.isArray(value)) {
    if (Object.getPrototypeOf(value) !== Array.prototype || 'toJSON' in value) return false;
    trace.push(arrayMark, value.length);
    for (let i = 0; i < value.length; i++) {
      const inner: unknown = value[i];
      if (!record(inner, trace, depth)) return false;
    }
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  const fields = value as Record<string, unknown>; // any object can be read like this
  if (prototype === Object.prototype || prototype === null) {
    const keys = Object.keys(fields);
    trace.push(objectMark, keys.length);
    for (const key of keys) {
      trace.push(key);
      if (!record(fields[key], trace, depth)) return false;
    }
    return true;
  }
  return isMessageObject(fields, prototype) && recordMessage(fields, prototype, trace, depth);
}

/**
 * LangChain's own message classes; classes derived from them elsewhere may serialize differently.
 */
const prototypes: ReadonlySet<unknown> = new Set(
  [
    messages.HumanMessage,
    messages.HumanMessageChunk,
    messages.AIMessage,
    messages.AIMessageChunk,
    messages.SystemMessage,
    messages.SystemMessageChunk,
    messages.ToolMessage,
    messages.ToolMessageChunk,
    messages.ChatMessage,
    messages.ChatMessageChunk,
    messages.FunctionMessage,
    messages.FunctionMessageChunk,
  ].map((messageClass): unknown => messageClass.prototype),
);

function isMessageObject(value: Record<string, unknown>, prototype: unknown): boolean {
  return prototypes.has(prototype) && !Object.hasOwn(value, 'toJSON');
}

function recordMessage(
  message: Record<string, unknown>,
  prototype: unknown,
  trace: unknown[],
  depth: number,
): boolean {
  const kwargs = message.lc_kwargs;
  if (!isPlain(kwargs)) return false;
  const keys = Object.keys(kwargs);
  trace.push(prototype, message.lc_serializable, keys.length);
  if (!record(message.lc_namespace, trace, depth)) return false;
  for (const key of keys) {
    trace.push(key);
    if (!record(key in message ? message[key] : kwargs[key], trace, depth)) return false;
  }
  return true;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * The index in the trace after this value, or -1 if the value differs. Mirrors `record`. Every put
 * runs this over all elements of its lists, so values that are not objects are compared inline.
 */
function compare(value: unknown, trace: Trace, at: number): number {
  if (typeof value === 'object' && value !== null) return compareObject(value, trace, at);
  return isSameScalar(value, trace, at) ? at + 1 : -1;
}

/**
 * Most values are identical; only NaN and the two zeros need more. The end of the trace is not an
 * `undefined`.
 */
function isSameScalar(value: unknown, trace: Trace, at: number): boolean {
  if (typeof value === 'string') return value === trace[at];
  return Object.is(value, trace[at]) && at < trace.length;
}

function compareObject(value: object, trace: Trace, start: number): number {
  const mark = trace[start];
  if (Array.isArray(value)) return mark === arrayMark ? compareArray(value, trace, start) : -1;
  const prototype: unknown = Object.getPrototypeOf(value);
  const fields = value as Record<string, unknown>; // any object can be read like this
  if (mark === objectMark) {
    const isPlainObject = prototype === Object.prototype || prototype === null;
    return isPlainObject ? compareFields(fields, trace, start) : -1;
  }
  // Only the prototype of a message is a mark.
  const isSameClass = mark === prototype && !Object.hasOwn(fields, 'toJSON');
  return isSameClass ? compareMessage(fields, trace, start) : -1;
}

function compareFields(fields: Record<string, unknown>, trace: Trace, start: number): number {
  let at = start + 2;
  let count = 0;
  for (const key in fields) {
    if (!Object.hasOwn(fields, key)) continue; // it is the prototype's
    at = trace[at] === key ? compareField(fields[key], trace, at + 1) : -1;
    if (at < 0) return -1;
    count++;
  }
  return count === trace[start + 1] ? at : -1;
}

/** Like `compare`. Most fields are texts, for which this is short enough to be inlined. */
function compareField(value: unknown, trace: Trace, at: number): number {
  return typeof value === 'string' && value === trace[at] ? at + 1 : compare(value, trace, at);
}

function compareArray(list: readonly unknown[], trace: Trace, start: number): number {
  const { length } = list;
  if (trace[start + 1] !== length || Object.getPrototypeOf(list) !== Array.prototype) return -1;
  if ('toJSON' in list) return -1;
  let at = start + 2;
  for (let i = 0; i < length && at >= 0; i++) at = compare(list[i], trace, at);
  return at;
}

function compareMessage(message: Record<string, unknown>, trace: Trace, start: number): number {
  const kwargs = message.lc_kwargs;
  if (!isPlain(kwargs) || message.lc_serializable !== trace[start + 1]) return -1;
  let at = compare(message.lc_namespace, trace, start + 3);
  let count = 0;
  for (const key in kwargs) {
    if (at < 0 || trace[at] !== key) return -1;
    // The more expensive check whether the field exists is needed only for `undefined`.
    let inner = message[key];
    if (inner === undefined && !(key in message)) inner = kwargs[key];
    at = compareField(inner, trace, at + 1);
    count++;
  }
  return count === trace[start + 2] ? at : -1;
}
