import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { createStore, type Store } from 'skein';
import { lsm } from 'skein/engines/lsm';
import { createTemporaryFolder } from './cleanup.ts';

/**
 * Keys and values in turns, as they were put into one synced batch; a missing value is a deletion.
 */
type RecordedGroup = (string | undefined)[];

/** The default sizes of `lsm({ path })`, so that LevelDB does the same work. */
const levelOptions = { cacheSize: 32 * 1024 ** 2, writeBufferSize: 16 * 1024 ** 2 };

/**
 * Runs `work` on a store whose database is watched. Returns what the store wrote during it: every
 * key and value, batch by batch.
 */
export async function recordWrites(
  parent: string,
  prepare: (store: Store) => Promise<() => Promise<void>>,
): Promise<RecordedGroup[]> {
  await using folder = await createTemporaryFolder(parent);
  const database = new ClassicLevel<string, string>(join(folder.path, 'data'), levelOptions);
  const groups: RecordedGroup[] = [];
  watch(database, groups);
  await using store = await createStore({ engine: lsm({ store: database }) });
  const work = await prepare(store);
  groups.length = 0;
  await work();
  return groups.filter((group) => group.length > 0);
}

type Database = ClassicLevel<string, string>;
type Batch = ReturnType<typeof createBatch>;

function createBatch(database: Database) {
  return database.batch();
}

/** The engine writes only through chained batches, so watching them is sufficient. */
function watch(database: Database, groups: RecordedGroup[]): void {
  const create: () => Batch = database.batch.bind(database);
  Object.defineProperty(database, 'batch', {
    value: (...args: unknown[]) => {
      if (args.length > 0) throw new TypeError('The engine writes in a way that is not recorded.');
      return watchBatch(create(), groups);
    },
  });
}

function watchBatch(batch: Batch, groups: RecordedGroup[]): Batch {
  const group: RecordedGroup = [];
  groups.push(group);
  const put = batch.put.bind(batch);
  const del = batch.del.bind(batch);
  batch.put = (key: string, value: string, options = {}) => {
    group.push(key, value);
    return put(key, value, options);
  };
  batch.del = (key: string, options = {}) => {
    group.push(key, undefined);
    return del(key, options);
  };
  return batch;
}

/**
 * Writes the groups into a new database, one synced batch each. Returns the duration in seconds.
 */
export async function replayWrites(
  parent: string,
  groups: readonly RecordedGroup[],
): Promise<number> {
  await using folder = await createTemporaryFolder(parent);
  const database = new ClassicLevel<string, string>(join(folder.path, 'data'), levelOptions);
  await database.open();
  try {
    const startMs = performance.now();
    for (const group of groups) {
      const batch = database.batch();
      for (let i = 0; i < group.length; i += 2) {
        const key = group[i]!; // keys and values alternate
        const value = group[i + 1];
        if (value === undefined) batch.del(key);
        else batch.put(key, value);
      }
      await batch.write({ sync: true });
    }
    return (performance.now() - startMs) / 1000;
  } finally {
    await database.close();
  }
}

interface GroupSizes {
  readonly operations: number;
  readonly bytes: number;
}

export function sizeOf(groups: readonly RecordedGroup[]): GroupSizes {
  let operations = 0;
  let bytes = 0;
  for (const group of groups) {
    operations += group.length / 2;
    for (const text of group) if (text !== undefined) bytes += Buffer.byteLength(text);
  }
  return { operations, bytes };
}
