/**
 * Merges the verbs of several nouns into one object. If two nouns add verbs under one name, both
 * sets are available under it.
 *
 * @example
 * mergeVerbs([{ threads: { get } }, { threads: { fork } }]); // { threads: { get, fork } }
 */
export function mergeVerbs(parts: readonly (object | undefined)[]): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (const part of parts) {
    for (const [name, verbs] of Object.entries(part ?? {})) {
      const known = merged[name];
      merged[name] = isVerbs(known) && isVerbs(verbs) ? { ...known, ...verbs } : verbs;
    }
  }
  return merged;
}

function isVerbs(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
