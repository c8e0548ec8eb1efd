import type { Scalar } from '../../engine/engine.ts';
import type { Operations } from './encode-commit.ts';
import type { GroupCommitter } from './group-committer.ts';
import type { LevelStore } from './level-store.ts';
import type { KeyRange, TableSchema } from './lsm-schema.ts';
import type { RowCache } from './row-cache.ts';
import { highWaterMarkBytes, takeEntries } from './take-entries.ts';

/**
 * Deletes the rows under a prefix and their index entries, in steps that are each durable as a
 * whole. A step has the store to itself, so no commit can change a row between its read and its
 * deletion; commits run between the steps.
 */
export async function deleteRows(
  { store, committer, cache }: OpenFiles,
  schema: TableSchema,
  prefix: readonly Scalar[],
): Promise<void> {
  const range = schema.order.rangeOf({ prefix });
  let from = range.gte;
  let count = 0;
  for (;;) {
    const keys = await committer.runAlone(() =>
      deleteStep(store, cache, schema, { ...range, gte: from }),
    );
    count += keys.length;
    const last = keys.at(-1);
    if (last === undefined) break;
    from = `${last}\u0000`; // the next key, so that no step scans what earlier steps deleted
  }
  if (count >= compactCountMin) store.compact(rangesUnder(schema, prefix));
}

/** What an open engine writes through. */
interface OpenFiles {
  readonly store: LevelStore;
  readonly committer: GroupCommitter;
  readonly cache: RowCache;
}

/**
 * Deletes the first rows of the range and returns their keys; an empty list means that none are
 * left.
 */
async function deleteStep(
  store: LevelStore,
  cache: RowCache,
  schema: TableSchema,
  range: KeyRange,
): Promise<string[]> {
  await store.recover();
  const entries = await readStep(store, schema, range);
  const operations: Operations = [];
  for (const [key, value] of entries) {
    operations.push(key, undefined);
    if (value === undefined) continue;
    const row = schema.rowOf(schema.order.valuesOf(key), value);
    for (const index of schema.indexes) {
      const entry = index.entryOf(row);
      if (entry !== undefined) operations.push(entry, undefined);
    }
  }
  if (operations.length > 0) await store.write([operations]);
  const keys = entries.map(([key]) => key);
  if (schema.isVersioned) for (const key of keys) cache.delete(key);
  return keys;
}

/** Reads values only where they are needed to find index entries. */
function readStep(
  store: LevelStore,
  schema: TableSchema,
  range: KeyRange,
): Promise<[key: string, value: string | undefined][]> {
  return store.read(async (database, options) => {
    const step = { ...options, ...range, limit: stepCountMax, highWaterMarkBytes };
    if (schema.indexes.length > 0) {
      return await takeEntries(database.iterator(step), stepCountMax, stepSizeMax);
    }
    const keys = await takeEntries(database.keys(step), stepCountMax);
    return keys.map((key) => [key, undefined]);
  });
}

const stepCountMax = 1000;
const stepSizeMax = 4 * 1024 ** 2;

/**
 * A run of this many deleted entries slows down scans of their neighbours (200,000 of them take 175
 * ms) until LevelDB drops them. So the engine asks it to compact.
 */
const compactCountMin = 10_000;

/**
 * The ranges where the entries of these rows were adjacent: the rows, and indexes that begin with
 * the same columns.
 */
function rangesUnder(schema: TableSchema, prefix: readonly Scalar[]): KeyRange[] {
  const orders = [schema.order, ...schema.indexes.map(({ order }) => order)];
  return orders
    .filter(({ columns }) => prefix.every((_, i) => columns[i] === schema.order.columns[i]))
    .map((order) => order.rangeOf({ prefix }));
}
