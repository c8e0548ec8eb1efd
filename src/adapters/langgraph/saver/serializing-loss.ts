import { SkeinError } from '../../../shared/error.ts';

/**
 * What LangGraph's serializer writes in place of a value that it cannot represent. Storing it would
 * lose the value without a word.
 */
export const lossMark: string = JSON.stringify(
  '[unable to serialize, circular reference is too complex to analyze]',
);

export function channelName(channel: string): string {
  return `The channel ${JSON.stringify(channel)}`;
}

/** Says which part of a value cannot be stored, and what to store instead. */
export function lossError(value: unknown, name: string): SkeinError {
  const path = pathToBigInt(value, '', new Set());
  if (path === undefined) {
    return new SkeinError(
      'invalid_request',
      `${name} holds a value that JSON cannot represent: store plain data instead.`,
    );
  }
  const at = path === '' ? '' : ` at ${path}`;
  return new SkeinError(
    'invalid_request',
    `${name} holds a BigInt${at}, which JSON cannot represent: store a string or a number instead.`,
  );
}

function pathToBigInt(value: unknown, path: string, seen: Set<object>): string | undefined {
  if (typeof value === 'bigint') return path;
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined;
  seen.add(value);
  for (const [key, inner] of entriesOf(value)) {
    const found = pathToBigInt(inner, path === '' ? key : `${path}.${key}`, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The serializer writes the entries of a map and the members of a set, too. */
function entriesOf(value: object): [key: string, inner: unknown][] {
  if (value instanceof Map) return [...value].map(([key, inner]) => [String(key), [key, inner]]);
  if (value instanceof Set) return [...value].map((inner, i) => [String(i), inner]);
  return Object.entries(value);
}
