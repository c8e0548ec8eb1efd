import type { ColumnType, Row, Scalar, Table } from '../engine.ts';

/**
 * Heads of threads: with a version to expect, and with indexes across partitions, including sparse
 * ones and a queue by time.
 */
export const threads: Table = {
  name: 'conformance_threads',
  id: 1,
  columns: {
    threadId: { type: 'string' },
    version: { type: 'int' },
    updatedAt: { type: 'timestamp' },
    ownerId: { type: 'string', optional: true },
    rank: { type: 'number', optional: true },
    pinned: { type: 'boolean', optional: true },
    body: { type: 'json', optional: true },
  },
  key: ['threadId'],
  partition: 1,
  indexes: [
    { name: 'byOwner', id: 1, columns: ['ownerId', 'updatedAt'] },
    { name: 'byPinned', id: 2, columns: ['pinned', 'rank'] },
    { name: 'byTime', id: 3, columns: ['updatedAt', 'ownerId'], partition: 0 },
    {
      name: 'byOwnerPinned',
      id: 4,
      columns: ['ownerId', 'updatedAt'],
      requires: ['pinned', 'rank'],
    },
  ],
};

/** Rows of a thread, with indexes that share columns with the key, in and out of its order. */
export const entries: Table = {
  name: 'conformance_entries',
  id: 2,
  columns: {
    threadId: { type: 'string' },
    entryId: { type: 'string' },
    kind: { type: 'string', optional: true },
    weight: { type: 'int', optional: true },
    body: { type: 'json', optional: true },
  },
  key: ['threadId', 'entryId'],
  partition: 1,
  indexes: [
    { name: 'byKind', id: 1, columns: ['threadId', 'kind'] },
    { name: 'byEntry', id: 7, columns: ['entryId'] },
    { name: 'byWeight', id: 254, columns: ['kind', 'weight'] },
  ],
};

/** A partition of two columns and a key of three, with no index and no optional column. */
export const steps: Table = {
  name: 'conformance_steps',
  id: 3,
  columns: {
    threadId: { type: 'string' },
    runId: { type: 'string' },
    number: { type: 'int' },
    version: { type: 'int' },
    text: { type: 'string' },
  },
  key: ['threadId', 'runId', 'number'],
  partition: 2,
  indexes: [],
};

/** A list kept as rows, in a partition other than that of the threads in it. */
export const listings: Table = {
  name: 'conformance_listings',
  id: 254,
  columns: {
    ownerId: { type: 'string' },
    updatedAt: { type: 'timestamp' },
    threadId: { type: 'string' },
    note: { type: 'json', optional: true },
  },
  key: ['ownerId', 'updatedAt', 'threadId'],
  partition: 1,
  indexes: [],
};

/** Declared only when a test reopens a store with one more table. */
export const lateTable: Table = {
  name: 'conformance_late',
  id: 99,
  columns: { lateId: { type: 'string' }, rank: { type: 'int' } },
  key: ['lateId'],
  partition: 1,
  indexes: [{ name: 'byRank', id: 1, columns: ['rank'] }],
};

export type ScalarType = Exclude<ColumnType, 'json'>;

/**
 * One table per column type, ordered by it in its key and in its index. The names are reserved
 * words of SQL.
 */
export const orderTables: Readonly<Record<ScalarType, Table>> = {
  string: orderTable('string', 11),
  int: orderTable('int', 12),
  number: orderTable('number', 13),
  boolean: orderTable('boolean', 14),
  timestamp: orderTable('timestamp', 15),
};

function orderTable(type: ScalarType, id: number): Table {
  return {
    name: `conformance_order_${type}`,
    id,
    columns: {
      group: { type: 'string' },
      order: { type },
      select: { type, optional: true },
    },
    key: ['group', 'order'],
    partition: 1,
    indexes: [{ name: 'where', id: 1, columns: ['group', 'select'] }],
  };
}

export const tablesForTests: readonly Table[] = [
  threads,
  entries,
  steps,
  listings,
  ...Object.values(orderTables),
];

export function thread(threadId: string, more: Row = {}): Row {
  return { threadId, version: 1, updatedAt: 0, ...more };
}

export function entry(threadId: string, entryId: string, more: Row = {}): Row {
  return { threadId, entryId, ...more };
}

export function step(threadId: string, runId: string, number: number, more: Row = {}): Row {
  return { threadId, runId, number, version: 1, text: '', ...more };
}

export function listing(ownerId: string, updatedAt: number, threadId: string): Row {
  return { ownerId, updatedAt, threadId };
}

/** The values of columns that a row has. */
export function scalarsOf(row: Row, columns: readonly string[]): Scalar[] {
  return columns.map((column) => {
    const value = row[column];
    if (value === undefined || typeof value === 'object') {
      throw new TypeError(`${column} is not a scalar of this row`);
    }
    return value;
  });
}
