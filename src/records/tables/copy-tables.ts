import type { JsonValue } from '../../shared/json.ts';
import { declareTable, type TypedTable } from '../table.ts';
import { int, anyJson, optional, string, timestamp } from './columns.ts';

/**
 * A copy of another store that is being written here, with its progress. Until it is finished the
 * store is incomplete and must not be opened: see `mustBeWhole`.
 */
export type CopyRow = {
  /** Always the same: a store takes in one copy at a time. */
  readonly id: string;
  /** Names the source, without secrets. */
  readonly source: string;
  /** The key of a table up to which, inclusive, everything is copied; absent at the beginning. */
  readonly position?: JsonValue | undefined;
  /**
   * Rises with every commit of the copy, so that only one of two concurrent copies can continue.
   */
  readonly version: number;
  readonly startedAt: number;
  readonly updatedAt: number;
  readonly finishedAt?: number | undefined;
};

export const copies: TypedTable<CopyRow, 'copies'> = declareTable({
  name: 'copies',
  id: 64,
  columns: {
    id: string,
    source: string,
    position: optional(anyJson),
    version: int,
    startedAt: timestamp,
    updatedAt: timestamp,
    finishedAt: optional(timestamp),
  },
  key: ['id'],
  partition: 1,
  indexes: [],
});

/** What a store knows of itself. */
export type StoreRow = {
  /** Always the same: a store has one such row. */
  readonly id: string;
  /**
   * Cursors of live readers name it. A copy, or a store that was restored from a file, has another,
   * so that a reader does not go on there as if nothing had been lost.
   */
  readonly incarnation: string;
};

export const stores: TypedTable<StoreRow, 'stores'> = declareTable({
  name: 'stores',
  id: 65,
  columns: { id: string, incarnation: string },
  key: ['id'],
  partition: 1,
  indexes: [],
});
