import type { Core } from './core.ts';

/**
 * Data that a noun keeps in memory per open store: created on first use, and discarded with the
 * store.
 *
 * @example
 * const countersOf = perStore(() => new LruMap<string, Counter>(1000));
 * countersOf(core).get(projectId);
 */
export function perStore<T>(create: (core: Core) => T): (core: Core) => T {
  const key = Symbol('per store');
  return (core) => {
    if (!core.memory.has(key)) core.memory.set(key, create(core));
    return core.memory.get(key) as T; // only `create` sets this value
  };
}
