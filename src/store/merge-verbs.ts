/**
 * The verbs of several nouns in one object. Where two add verbs under one name, callers find them
 * side by side under it.
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
