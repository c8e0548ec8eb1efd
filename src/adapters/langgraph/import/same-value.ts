import { isDeepStrictEqual } from 'node:util';

/**
 * Deep equality of values from a serializer, which hold no cycles. Equivalent to Node's
 * `isDeepStrictEqual`, whose checks for cryptographic keys take most of its time with many small
 * objects.
 */
export function isSameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!isObject(a) || !isObject(b)) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((one, i) => isSameValue(one, b[i]));
  }
  return isBuiltIn(a) ? isDeepStrictEqual(a, b) : haveSameFields(a, b);
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

/** Whether an object keeps its content elsewhere than in fields. */
function isBuiltIn(value: object): boolean {
  return (
    ArrayBuffer.isView(value) ||
    value instanceof Map ||
    value instanceof Set ||
    value instanceof RegExp ||
    value instanceof Error ||
    value instanceof Date
  );
}

function haveSameFields(a: Fields, b: Fields): boolean {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSameValue(a[key], b[key]))
  );
}
