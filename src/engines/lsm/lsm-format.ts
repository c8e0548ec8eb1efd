import { SkeinError } from '../../shared/error.ts';
import type { Operations } from './encode-commit.ts';
import type { LevelStore } from './level-store.ts';
import { metaKeyOf, sentinelOf } from './lsm-key.ts';
import type { IndexSchema, TableSchema } from './lsm-schema.ts';
import { highWaterMarkBytes, takeEntries } from './take-entries.ts';

/** The versions of the store's format, never renumbered. Each says what changed. */
const formatVersions = {
  /** The first: `docs/formats/lsm.md`. */
  textKeys: 1,
} as const;

const formatVersion = formatVersions.textKeys;
const formatKey = metaKeyOf('format');

/**
 * Initialises an empty store, or checks that the store is Skein's. Then gives each new table and
 * index its sentinel, and each new index its entries. Throws `unavailable`, with nothing written,
 * for a store of another program or of another format.
 */
export async function prepareFormat(
  store: LevelStore,
  schemas: readonly TableSchema[],
): Promise<void> {
  const [marker] = await store.getMany([formatKey]);
  if (marker !== undefined) checkMarker(marker);
  else if (await hasEntries(store)) throw new SkeinError('unavailable', foreignMessage);
  else
    await store.write([[formatKey, JSON.stringify({ program: 'skein', format: formatVersion })]]);
  for (const schema of schemas) await prepareTable(store, schema);
}

const foreignMessage =
  'The store belongs to another program: it is not empty, and Skein did not create it. Use another one.';

function checkMarker(marker: string): void {
  const version = parseMarker(marker);
  if (version === formatVersion) return;
  if (version === undefined) throw new SkeinError('unavailable', foreignMessage);
  throw new SkeinError(
    'unavailable',
    `The store has format ${version}, and this version of Skein reads format ${formatVersion} only. ` +
      'Open it with the version of Skein that wrote it, or a later one.',
  );
}

function parseMarker(marker: string): number | undefined {
  try {
    const parsed: unknown = JSON.parse(marker);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    if (!('program' in parsed) || parsed.program !== 'skein' || !('format' in parsed))
      return undefined;
    return typeof parsed.format === 'number' ? parsed.format : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function hasEntries(store: LevelStore): Promise<boolean> {
  const first = await store.read((database, options) =>
    takeEntries(database.keys({ ...options, limit: 1 }), 1),
  );
  return first.length > 0;
}

/**
 * A sentinel ends the scans of its keyspace and marks an index as complete. An index that was
 * declared after rows were written is filled before it gets its sentinel; an interrupted filling
 * starts over, without what it left: the rows may have changed since, under a program that did not
 * know the index.
 */
async function prepareTable(store: LevelStore, schema: TableSchema): Promise<void> {
  const keyspaces = [schema.order, ...schema.indexes.map(({ order }) => order)].map(
    ({ keyspace }) => keyspace,
  );
  const sentinels = keyspaces.map(sentinelOf);
  const [ofRows, ...ofIndexes] = await store.getMany(sentinels);
  const late =
    ofRows === undefined ? [] : schema.indexes.filter((_, i) => ofIndexes[i] === undefined);
  if (late.length > 0) await fillIndexes(store, schema, late);
  const missing = sentinels.filter((_, i) => [ofRows, ...ofIndexes][i] === undefined);
  if (missing.length > 0) await store.write([missing.flatMap((sentinel) => [sentinel, ''])]);
}

async function clearIndex(store: LevelStore, { order }: IndexSchema): Promise<void> {
  const range = order.rangeOf({ prefix: [] });
  let from = range.gte;
  for (;;) {
    const step = { ...range, gte: from, limit: fillCountMax, highWaterMarkBytes };
    const entries = await store.read((database, options) =>
      takeEntries(database.keys({ ...options, ...step }), fillCountMax),
    );
    const last = entries.at(-1);
    if (last === undefined) return;
    await store.write([entries.flatMap((entry) => [entry, undefined])]);
    from = `${last}\u0000`; // so that no step scans what earlier steps deleted
  }
}

async function fillIndexes(
  store: LevelStore,
  schema: TableSchema,
  indexes: readonly IndexSchema[],
): Promise<void> {
  for (const index of indexes) await clearIndex(store, index);
  const range = schema.order.rangeOf({ prefix: [] });
  let from = range.gte;
  for (;;) {
    const step = { ...range, gte: from, limit: fillCountMax, highWaterMarkBytes };
    const rows = await store.read((database, options) =>
      takeEntries(database.iterator({ ...options, ...step }), fillCountMax, fillSizeMax),
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    const operations: Operations = [];
    for (const [key, value] of rows) {
      const row = schema.rowOf(schema.order.valuesOf(key), value);
      for (const index of indexes) {
        const entry = index.entryOf(row);
        if (entry !== undefined) operations.push(entry, '');
      }
    }
    if (operations.length > 0) await store.write([operations]);
    from = `${last[0]}\u0000`;
  }
}

const fillCountMax = 1000;
const fillSizeMax = 4 * 1024 ** 2;
