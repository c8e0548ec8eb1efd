import { toBase64 } from './bytes.ts';
import { invalid, SkeinError } from './error.ts';
import { findLossyNumber } from './exact-numbers.ts';

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

export type JsonObject = { readonly [key: string]: JsonValue };

/**
 * The deepest nesting accepted. Deeper values are attacks or mistakes, and exhaust the stack of
 * some reader.
 */
export const jsonDepthMax = 64;

/** Whether two JSON values are equal, whatever the order of keys. */
export function jsonEqual(a: JsonValue, b: JsonValue): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) return arraysEqual(a, b);
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  // Both are objects here: neither null, nor a scalar, nor an array.
  const [left, right] = [a as JsonObject, b as JsonObject];
  return keys.every((key) => Object.hasOwn(right, key) && jsonEqual(left[key]!, right[key]!));
}

function arraysEqual(a: JsonValue, b: JsonValue): boolean {
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  return a.every((value: JsonValue, i) => jsonEqual(value, b[i]));
}

/** JSON with the keys of every object sorted: equal values give equal texts. */
export function canonicalJson(value: JsonValue | undefined): string {
  return JSON.stringify(value, (_key, inner: JsonValue) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([x], [y]) => (x < y ? -1 : 1)))
      : inner,
  );
}

/**
 * A deep copy of a value that round-trips through JSON. The store owns the copy: a caller that
 * changes the original later changes nothing. Throws `invalid_request` for functions, symbols,
 * bigints, NaN, infinities, class instances, array holes and nesting deeper than `jsonDepthMax`
 * (which also catches cycles). Omits keys whose value is `undefined`, as JSON.stringify does.
 */
export function toJson(value: unknown, path: string, depth = 0): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw invalid(path, 'must be a finite number');
    return value;
  }
  if (typeof value !== 'object') throw invalid(path, `must be JSON, not ${typeof value}`);
  if (depth >= jsonDepthMax) {
    throw invalid(path, `must not be nested deeper than ${jsonDepthMax} levels`);
  }
  if (Array.isArray(value))
    return Array.from(value, (inner, i) => toJson(inner, `${path}.${i}`, depth + 1));
  return toJsonObject(value, path, depth);
}

/**
 * Like `toJson`, for a value that must be an object. The bytes in the part of an image or a file
 * become base64.
 */
export function toJsonObject(value: unknown, path: string, depth = 0): JsonObject {
  if (value === null || typeof value !== 'object' || !isPlainObject(value)) {
    throw invalid(path, 'must be a plain object');
  }
  const copy: Record<string, JsonValue> = {};
  for (const key of Object.keys(value)) {
    const inner = (value as Record<string, unknown>)[key]; // isPlainObject holds
    if (inner === undefined) continue;
    const json = isContent(value, key, inner)
      ? toBase64(inner)
      : toJson(inner, `${path}.${key}`, depth + 1);
    if (key === '__proto__') defineOwn(copy, key, json);
    else copy[key] = json;
  }
  return copy;
}

/** The bytes of an image or a file, as other libraries give them in a part of a message. */
function isContent(part: object, key: string, value: unknown): value is Uint8Array {
  if (typeof value !== 'object' || !(value instanceof Uint8Array) || !('type' in part))
    return false;
  return (part.type === 'image' && key === 'image') || (part.type === 'file' && key === 'data');
}

/** A caller's own copy of JSON that may be cached. Most metadata is empty. */
export function copyJson(value: JsonObject): JsonObject {
  return Object.keys(value).length === 0 ? {} : structuredClone(value);
}

/** Whether a value is an object in the sense of JSON: neither a class instance nor an array. */
export function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Adds a key by definition: assigning `__proto__` would change the prototype instead. */
function defineOwn(target: object, key: string, value: JsonValue): void {
  Object.defineProperty(target, key, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

/**
 * Parses JSON and refuses what JavaScript would change silently: integers beyond 2^53, and numbers
 * that are beyond the range of a double or too small for it (RFC 8259, section 6). Only texts that
 * may hold such a number pay for the second check. Throws `invalid_request`.
 */
export function parseJsonExactly(text: string): JsonValue {
  try {
    const value = JSON.parse(text) as JsonValue; // JSON.parse gives JSON
    if (mayLoseNumbers.test(text)) mustBeExact(text);
    return value;
  } catch (error) {
    // A RangeError means nesting so deep that the parser's stack overflows.
    if (error instanceof SyntaxError || error instanceof RangeError) {
      throw new SkeinError('invalid_request', `The body is not JSON: ${error.message}`, {
        cause: error,
        issues: [{ path: '', message: 'must be JSON' }],
      });
    }
    throw error;
  }
}

const mayLoseNumbers = /[0-9]{16}|[0-9][eE][+-]?[0-9]{3}/;

function mustBeExact(text: string): void {
  const lossy = findLossyNumber(text);
  if (lossy === undefined) return;
  const { source, path } = lossy;
  const message = 'is beyond the exact range of a number; send it as a string';
  throw new SkeinError(
    'invalid_request',
    `${source.slice(0, 100)} cannot be kept exactly as a number; send it as a string.`,
    { issues: [{ path, message }] },
  );
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A JSON object whose `type` says what the other fields mean: a part of an item, a chunk of a
 * stream.
 */
export type TaggedJson = { readonly type: string; readonly [field: string]: JsonValue };
