import { isObject, type JsonObject, type JsonValue } from './json.ts';

/** Merges metadata into existing metadata: objects are merged, everything else is replaced. */
export function mergeMetadata(base: JsonObject, added: JsonObject): JsonObject {
  const merged: Record<string, JsonValue> = { ...base };
  for (const [key, value] of Object.entries(added)) {
    if (value === undefined || unsafeKeys.has(key)) continue;
    const known = Object.hasOwn(base, key) ? base[key] : undefined;
    merged[key] = isObject(known) && isObject(value) ? mergeMetadata(known, value) : value;
  }
  return merged;
}

/** Assigning these would change the object's prototype; the AI SDK skips them, too. */
const unsafeKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
