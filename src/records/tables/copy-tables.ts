import type { JsonValue } from '../../shared/json.ts';
import { declareTable, type TypedTable } from '../table.ts';
import { int, json, optional, string, timestamp } from './columns.ts';

/**
 * The copy of another store that is being made here, and how far it is. Until it is finished the
 * store is not whole, and nobody opens it: see `mustBeWhole`.
 */
export type CopyRow = {
  /** Always the same: a store takes in one copy at a time. */
  readonly id: string;
  /** Names the source, without any secret. */
  readonly source: string;
  /** What is copied, down to and including a key of a table; absent at the beginning. */
  readonly position?: JsonValue | undefined;
  /** Rises with every commit of the copy, so that of two that run only one can go on. */
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
    position: optional(json),
    version: int,
    startedAt: timestamp,
    updatedAt: timestamp,
    finishedAt: optional(timestamp),
  },
  key: ['id'],
  partition: 1,
  indexes: [],
});
