import type { Engine } from '../../../src/engine/engine.ts';

/**
 * Several stores on one engine, like several servers on one database: the first one opens it, and
 * none closes it. The engine declares itself shared, so that stores look for each other's writes.
 */
export function shareEngineForTesting(engine: Engine): () => Engine {
  let opened: Promise<void> | undefined;
  return () => ({
    name: engine.name,
    capabilities: { ...engine.capabilities, shared: true },
    open: (tables) => (opened ??= engine.open(tables)),
    close: () => Promise.resolve(),
    get: (table, key) => engine.get(table, key),
    getMany: (table, keys) => engine.getMany(table, keys),
    scan: (scan) => engine.scan(scan),
    commit: (commit) => engine.commit(commit),
    deletePrefix: (table, prefix) => engine.deletePrefix(table, prefix),
  });
}
