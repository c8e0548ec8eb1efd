import { utf8Length } from './bytes.ts';
import { invalid } from './error.ts';
import { canonicalJson, toJsonObject, type JsonObject, type JsonValue } from './json.ts';
import { isShortText } from './text.ts';

/** Small checks of a caller's input. Each throws `invalid_request` and names what is wrong. */

const shortTextLengthMax = 128;

/** A client's id, key or name: 1 to `lengthMax` UTF-16 units without control characters. */
export function mustShortText(
  value: unknown,
  path: string,
  lengthMax: number = shortTextLengthMax,
): string {
  if (typeof value !== 'string') throw invalid(path, 'must be a string');
  if (value.length === 0) throw invalid(path, 'must not be empty');
  if (value.length > lengthMax) throw invalid(path, `must have at most ${lengthMax} characters`);
  if (!isShortText(value, lengthMax)) throw invalid(path, 'must not hold control characters');
  return value;
}

/** The ids of agents begin with this. No token speaks for one: only the store runs agents. */
export const agentPrefix = 'agent:';

export function isAgentId(userId: string): boolean {
  return userId.startsWith(agentPrefix);
}

/** Why a user id is refused. */
export const ofAgents: string = `must not begin with "${agentPrefix}", as the ids of agents do`;

/** At most 100 ids, keys or names. */
export function mustShortTexts(values: unknown, path: string): readonly string[] {
  if (!Array.isArray(values)) throw invalid(path, 'must be an array');
  if (values.length > shortTextCountMax)
    throw invalid(path, `must have at most ${shortTextCountMax} entries`);
  return values.map((value, i) => mustShortText(value, `${path}.${i}`));
}

const shortTextCountMax = 100;

export function optionalShortText(value: unknown, path: string): string | undefined {
  return value === undefined ? undefined : mustShortText(value, path);
}

export function mustOneOf<T extends string>(values: readonly T[], value: unknown, path: string): T {
  const found = values.find((candidate) => candidate === value);
  if (found === undefined) throw invalid(path, `must be one of ${values.join(', ')}`);
  return found;
}

export function mustBoolean(value: unknown, path: string): boolean {
  if (typeof value !== 'boolean') throw invalid(path, 'must be true or false');
  return value;
}

export function mustInteger(value: unknown, path: string, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
    return value;
  }
  throw invalid(path, `must be a whole number from ${min} to ${max}`);
}

/** The limit of a page in rows: default 50, 1 to 1,000. */
export function mustLimit(value: unknown): number {
  return value === undefined ? 50 : mustInteger(value, 'limit', 1, 1000);
}

export function mustMetadata(value: unknown, path: string, bytesMax: number): JsonObject {
  if (value === undefined) return {};
  const metadata = toJsonObject(value, path);
  mustFit(metadata, path, bytesMax);
  return metadata;
}

/** Refuses JSON of more than `bytesMax` bytes. Returns an upper bound of its size in bytes. */
export function mustFit(value: JsonValue, path: string, bytesMax: number): number {
  const bound = sizeBound(value);
  if (bound <= bytesMax) return bound;
  const bytes = utf8Length(JSON.stringify(value));
  if (bytes > bytesMax)
    throw invalid(path, `must be at most ${bytesMax} bytes as JSON, not ${bytes}`);
  return bytes;
}

/** An upper bound of the value's size as JSON, in bytes; much cheaper than the size. */
export function sizeBound(value: JsonValue): number {
  if (typeof value === 'string') return value.length * 6 + 2;
  if (value === null || typeof value !== 'object') return 25;
  let bound = 2;
  if (Array.isArray(value)) {
    // isArray does not narrow a readonly array.
    for (const inner of value as readonly JsonValue[]) bound += sizeBound(inner) + 1;
    return bound;
  }
  const object = value as JsonObject; // every other type was handled above
  for (const key of Object.keys(object)) bound += key.length * 6 + 4 + sizeBound(object[key]!);
  return bound;
}

/** Refuses keys that the shape does not have: a mistyped name must not be silently ignored. */
export function mustKnownKeys(value: unknown, known: ReadonlySet<string>, path: string): object {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw invalid(path, 'must be an object');
  }
  for (const key of Object.keys(value)) {
    if (!known.has(key))
      throw invalid(path === '' ? key : `${path}.${key}`, 'is not a known field');
  }
  return value;
}

/**
 * Refuses an option that a call does not have: most likely it is misspelt, and would do nothing.
 * `known` has all that the call has.
 */
export function mustKnowOptions<T extends object>(
  options: T,
  known: Readonly<Record<keyof T, true>>,
): void {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(known, name)) throw invalid(name, 'is not a known option');
  }
}

/** A text that is equal for two requests with the same content. */
export function contentText(value: unknown, path: string): string {
  return canonicalJson(toJsonObject(value, path));
}
