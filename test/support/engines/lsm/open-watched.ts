import type { Engine, Row, Scan, Table } from '../../../../src/engine/engine.ts';
import { OpenEngine } from '../../../../src/engine/open-engine.ts';
import type { LevelDatabase, OpenedDatabase } from '../../../../src/engines/lsm/level-database.ts';
import { toLsmConfig, type LsmOptions } from '../../../../src/engines/lsm/lsm-config.ts';
import { LsmEngine } from '../../../../src/engines/lsm/lsm-engine.ts';
import { openDatabase } from '../../../../src/engines/lsm/open-database.ts';
import { tables } from './tables.ts';
import { watchLevel, watchedMemory, type WatchedLevel } from './watched-level.ts';

/** An engine on a database whose writes are watched, opened for the tables of these tests. */
export interface WatchedEngine extends AsyncDisposable, WatchedLevel {
  readonly engine: OpenEngine;
}

/** In memory, or onto the database of a closed engine. */
export async function openWatchedMemory(
  { retryIntervalMs, ...options }: MemoryOptions = {},
  onto: WatchedLevel = watchedMemory(),
  declared: readonly Table[] = tables,
): Promise<WatchedEngine> {
  const config = toLsmConfig({ ...options, store: onto.database });
  const engine = new LsmEngine(config, openDatabase, retryIntervalMs);
  const open = await OpenEngine.open(engine, declared);
  onto.writes.length = 0;
  return withEngine(open, engine, onto);
}

type MemoryOptions = Pick<LsmOptions, 'sync' | 'rowCacheEntriesMax'> & {
  readonly retryIntervalMs?: number;
};

/** In a directory. `change` may replace what the engine opens. */
export async function openWatchedDirectory(
  path: string,
  change: (opened: OpenedDatabase) => OpenedDatabase = (opened) => opened,
): Promise<WatchedEngine> {
  let watched: WatchedLevel | undefined;
  const engine = new LsmEngine(toLsmConfig({ path }), async (location) => {
    const opened = await openDatabase(location);
    watched = watchLevel(opened.database);
    return change(opened);
  });
  const open = await OpenEngine.open(engine, tables);
  return withEngine(open, engine, watched!);
}

/** The engines inside the wrappers. */
const engines = new WeakMap<Scanner, LsmEngine>();

type Scanner = Pick<Engine, 'scan'>;

function withEngine(engine: OpenEngine, inner: LsmEngine, watched: WatchedLevel): WatchedEngine {
  engines.set(engine, inner);
  return Object.assign(watched, { engine, [Symbol.asyncDispose]: () => engine.close() });
}

/** Every key of a database. */
export async function keysOf(database: LevelDatabase): Promise<string[]> {
  const iterator = database.keys({ keyEncoding: 'utf8', valueEncoding: 'utf8', limit: 100_000 });
  try {
    return await iterator.nextv(100_000);
  } finally {
    await iterator.close();
  }
}

/** All rows of a table in the order of one of its indexes, or of its key. */
export function allRows(engine: Scanner, table: Table, index?: string): Promise<Row[]> {
  const scan = { table, prefix: [], limit: 1000 };
  return scanUnchecked(engine, index === undefined ? scan : { ...scan, index });
}

/** Scans without the wrapper, which allows no scan of an index over several partitions. */
export async function scanUnchecked(engine: Scanner, scan: Scan): Promise<Row[]> {
  return await (engines.get(engine) ?? engine).scan(scan);
}
