import { compareUtf8 } from '../../src/shared/bytes.ts';

/**
 * What clients rely on in an OpenAPI document, in canonical order: sets are sorted and prose is
 * omitted, except for the error codes in the description of a response.
 */
export function shapeOf(document: unknown): unknown {
  return shapeAt(document, '');
}

const prose: ReadonlySet<string> = new Set(['summary', 'description']);

/** Their members have arbitrary names: a property may be called `description`. */
const maps: ReadonlySet<string> = new Set(['properties', 'schemas', 'headers', 'paths', 'content']);

/** Values of the API, which are kept unchanged. */
const values: ReadonlySet<string> = new Set(['example', 'examples', 'default', 'const']);

const sets: ReadonlySet<string> = new Set(['parameters', 'required', 'tags', 'enum', 'security']);

function shapeAt(value: unknown, name: string): unknown {
  if (values.has(name) || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const list = value.map((entry) => shapeAt(entry, ''));
    return sets.has(name) ? list.toSorted((a, b) => compareUtf8(keyOf(a), keyOf(b))) : list;
  }
  const entries = Object.entries(value as Record<string, unknown>);
  if (maps.has(name)) return objectOf(entries.map(([key, inner]) => [key, shapeAt(inner, '')]));
  if (name === 'responses') return objectOf(entries.map(([key, inner]) => [key, answerOf(inner)]));
  const kept = entries.filter(([key]) => !prose.has(key));
  return objectOf(kept.map(([key, inner]) => [key, shapeAt(inner, key)]));
}

function answerOf(answer: unknown): unknown {
  const { description = '' } = answer as { readonly description?: string };
  const codes = [...description.matchAll(/code `(\w+)`/g)].map(([, code]) => code);
  return { ...(shapeAt(answer, '') as object), ...(codes.length > 0 && { codes }) };
}

/** A parameter is identified by its place and name, any other member of a set by its content. */
function keyOf(value: unknown): string {
  const { in: place, name } = value as { readonly in?: string; readonly name?: string };
  return name === undefined ? JSON.stringify(value) : `${place ?? ''} ${name}`;
}

function objectOf(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => compareUtf8(a, b)));
}
