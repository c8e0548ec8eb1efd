import type { Commit, Row, Table } from '../../engine/engine.ts';
import type { TableSchema } from './lsm-schema.ts';

/** Keys and values in turns, in the order of execution; a missing value means delete. */
export type Operations = (string | undefined)[];

/** One row as a commit leaves it. */
interface RowChange {
  readonly schema: TableSchema;
  readonly key: string;
  /**
   * `undefined` if the commit deletes the row. A copy if the table is versioned: it enters the row
   * cache.
   */
  row: Row | undefined;
  value: string | undefined;
}

/**
 * A commit prepared as far as possible without reading. The rest happens when its group is written.
 */
export interface EncodedCommit {
  readonly operations: Operations;
  readonly expects: readonly EncodedExpect[];
  /** Every change of a table with indexes or versions, in order: later commits may need the row. */
  readonly changes: RowChange[];
  /** Changes whose index entries depend on the stored row. */
  readonly unresolved: RowChange[];
  /** The last change of each row; only long commits have it. */
  latest: Map<string, RowChange> | undefined;
  /** The approximate number of characters that it writes. */
  characterCount: number;
}

interface EncodedExpect {
  readonly schema: TableSchema;
  readonly key: string;
  readonly version: number | 'absent';
}

/**
 * Deletes come before puts, so a row that is both deleted and put exists afterwards. A second
 * change of a row replaces the first.
 */
export function encodeCommit(
  schemas: ReadonlyMap<Table, TableSchema>,
  commit: Commit,
): EncodedCommit {
  const { puts = [], deletes = [], expects = [] } = commit;
  const encoded: EncodedCommit = {
    operations: [],
    expects: expects.map(({ table, key, version }) => {
      const schema = schemas.get(table)!;
      return { schema, key: schema.order.keyOf(key), version };
    }),
    changes: [],
    unresolved: [],
    latest: undefined,
    characterCount: 0,
  };
  for (const { table, key, replaces } of deletes) {
    const schema = schemas.get(table)!;
    const change = { schema, key: schema.order.keyOf(key), row: undefined, value: undefined };
    addChange(encoded, change, replaces);
  }
  for (const { table, row, replaces } of puts) {
    const schema = schemas.get(table)!;
    const change = {
      schema,
      key: schema.order.keyOfRow(row),
      row: schema.isVersioned ? schema.copy(row) : row,
      value: schema.valueOf(row),
    };
    addChange(encoded, change, replaces);
  }
  return encoded;
}

function addChange(
  encoded: EncodedCommit,
  change: RowChange,
  replaces: Row | null | undefined,
): void {
  const { schema, key, row, value } = change;
  encoded.operations.push(key, value);
  encoded.characterCount += key.length + (value?.length ?? 0);
  const hasIndexes = schema.indexes.length > 0;
  if (!hasIndexes && !schema.isVersioned) return;
  const earlier = findEarlier(encoded, change);
  if (earlier !== undefined && encoded.unresolved.includes(earlier)) {
    earlier.row = row;
    earlier.value = value;
    return;
  }
  encoded.changes.push(change);
  encoded.latest?.set(key, change);
  if (!hasIndexes) return;
  const before = earlier === undefined ? replaces : (earlier.row ?? null);
  if (before === undefined) encoded.unresolved.push(change);
  else addEntries(encoded, schema, before, row);
}

/**
 * The last change of the same row by the same commit. Searching a small commit is faster than
 * making a map.
 */
function findEarlier(encoded: EncodedCommit, { schema, key }: RowChange): RowChange | undefined {
  const { changes } = encoded;
  if (changes.length > searchedMax) {
    encoded.latest ??= new Map(changes.map((change) => [change.key, change]));
    return encoded.latest.get(key);
  }
  for (let i = changes.length - 1; i >= 0; i--) {
    if (changes[i]!.schema === schema && changes[i]!.key === key) return changes[i];
  }
  return undefined;
}

const searchedMax = 8;

/** The operations that bring the index entries from one state of a row to the next. */
export function addEntries(
  encoded: { operations: Operations; characterCount: number },
  schema: TableSchema,
  before: Row | null,
  after: Row | undefined,
): void {
  // So it is for nearly every head, which has six indexes.
  if (before && after && schema.hasSameEntries(before, after)) return;
  for (const index of schema.indexes) {
    if (before && after && index.isSameEntry(before, after)) continue;
    const old = before ? index.entryOf(before) : undefined;
    const now = after && index.entryOf(after);
    if (old !== undefined && old !== now) encoded.operations.push(old, undefined);
    if (now !== undefined) encoded.operations.push(now, '');
    encoded.characterCount += (old?.length ?? 0) + (now?.length ?? 0);
  }
}
