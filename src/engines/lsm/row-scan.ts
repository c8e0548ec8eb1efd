import type { Key, Row, Scalar, Scan } from '../../engine/engine.ts';
import type { LevelDatabase, LevelRangeOptions, LevelReadOptions } from './level-database.ts';
import type { LevelStore } from './level-store.ts';
import type { IndexSchema, KeyOrder, TableSchema } from './lsm-schema.ts';
import { highWaterMarkBytes, takeEntries } from './take-entries.ts';

/** The rows of one scan, all from the same moment if the database has snapshots. */
export function scanRows(store: LevelStore, schema: TableSchema, scan: Scan): Promise<Row[]> {
  if (scan.index === undefined) return scanByKey(store, schema, scan);
  return scanByIndex(store, schema, schema.indexNamed(scan.index), scan);
}

async function scanByKey(store: LevelStore, schema: TableSchema, scan: Scan): Promise<Row[]> {
  const { order } = schema;
  const entries = await store.read((database, options) =>
    takeEntries(database.iterator(rangeOptions(order, scan, options)), scan.limit),
  );
  const known = asStored(scan.prefix);
  const knownLength = order.keyOf(known).length;
  return entries.map(([key, value]) =>
    schema.rowOf(order.valuesOf(key, known, knownLength), value),
  );
}

async function scanByIndex(
  store: LevelStore,
  schema: TableSchema,
  index: IndexSchema,
  scan: Scan,
): Promise<Row[]> {
  const toKey = keyParser(schema, index, scan);
  const { entries, keys, values } = await store.read((database, options) =>
    withSnapshot(database, options, async (consistent) => {
      const range = rangeOptions(index.order, scan, consistent);
      const entries = await takeEntries(database.keys(range), scan.limit);
      const keys = entries.map(toKey);
      const values = await database.getMany(
        keys.map((key) => schema.order.keyOf(key)),
        consistent,
      );
      return { entries, keys, values };
    }),
  );
  const rows: Row[] = [];
  for (const [i, value] of values.entries()) {
    // Without snapshots a row may have changed since its entry was read.
    const row = value === undefined ? undefined : schema.rowOf(keys[i]!, value);
    if (row && index.entryOf(row) === entries[i]) rows.push(row);
  }
  return rows;
}

/** Returns a function that makes the key of a row from its entry. */
function keyParser(
  schema: TableSchema,
  { order }: IndexSchema,
  scan: Scan,
): (entry: string) => Key {
  const known = asStored(scan.prefix);
  const knownLength = order.keyOf(known).length;
  const positions = schema.order.columns.map((column) => order.columns.indexOf(column));
  return (entry) => {
    const values = order.valuesOf(entry, known, knownLength);
    return positions.map((position) => values[position]!);
  };
}

/** Reads at one moment: at the snapshot of the options, if there is one. */
async function withSnapshot<T>(
  database: LevelDatabase,
  options: LevelReadOptions,
  read: (options: LevelReadOptions) => Promise<T>,
): Promise<T> {
  if (options.snapshot || !database.supports.explicitSnapshots) return read(options);
  const snapshot = database.snapshot();
  try {
    return await read({ ...options, snapshot });
  } finally {
    await snapshot.close();
  }
}

function rangeOptions(order: KeyOrder, scan: Scan, options: LevelReadOptions): LevelRangeOptions {
  return {
    ...options,
    ...order.rangeOf(scan),
    reverse: scan.reverse ?? false,
    limit: scan.limit,
    // A scan without a prefix is maintenance, and would evict blocks in use.
    fillCache: scan.prefix.length > 0,
    highWaterMarkBytes,
  };
}

/** -0 is stored as 0. */
function asStored(values: readonly Scalar[]): readonly Scalar[] {
  return values.map((value) => (value === 0 ? 0 : value));
}
