import type { Engine } from 'skein/engine';

interface CountedEngine {
  readonly engine: Engine;
  /** How many rows of this table were written so far. */
  readonly written: (table: string) => number;
  readonly commits: () => number;
  readonly scans: () => number;
}

/** An engine whose work is counted. */
export function countWrites(counted: Engine): CountedEngine {
  const rows = new Map<string, number>();
  let commits = 0;
  let scans = 0;
  const engine: Engine = {
    name: counted.name,
    capabilities: counted.capabilities,
    open: (tables) => counted.open(tables),
    close: () => counted.close(),
    get: (table, key) => counted.get(table, key),
    getMany: (table, keys) => counted.getMany(table, keys),
    scan(scan) {
      scans++;
      return counted.scan(scan);
    },
    commit(commit) {
      commits++;
      for (const { table } of commit.puts ?? []) {
        rows.set(table.name, (rows.get(table.name) ?? 0) + 1);
      }
      return counted.commit(commit);
    },
    deletePrefix: (table, prefix) => counted.deletePrefix(table, prefix),
  };
  return {
    engine,
    written: (table) => rows.get(table) ?? 0,
    commits: () => commits,
    scans: () => scans,
  };
}
