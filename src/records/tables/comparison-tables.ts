import type { ItemId, ThreadId } from '../../shared/ids.ts';
import { declareTable, type TypedTable } from '../table.ts';
import { boolean, int, optional, string, timestamp } from './columns.ts';

/**
 * Two answers to one item, side by side. Never changed: where its answers stand is told by their
 * runs.
 */
export type ComparisonRow = {
  readonly threadId: ThreadId;
  readonly id: string;
  readonly projectId: string;
  /** Who asked for it. */
  readonly userId?: string | undefined;
  /** The item that both answer. */
  readonly inputItemId: ItemId;
  /** Nobody learns which models answered before having voted. */
  readonly blind: boolean;
  readonly leftRunId: string;
  readonly leftModel: string;
  readonly rightRunId: string;
  readonly rightModel: string;
  readonly requestId: string;
  readonly createdAt: number;
};

export const comparisons: TypedTable<ComparisonRow, 'comparisons'> = declareTable({
  name: 'comparisons',
  id: 15,
  parent: 'threads',
  columns: {
    threadId: string,
    id: string,
    projectId: string,
    userId: optional(string),
    inputItemId: string,
    blind: boolean,
    leftRunId: string,
    leftModel: string,
    rightRunId: string,
    rightModel: string,
    requestId: string,
    createdAt: timestamp,
  },
  key: ['threadId', 'id'],
  partition: 1,
  indexes: [{ name: 'byInput', id: 1, columns: ['threadId', 'inputItemId'], partition: 1 }],
});

/**
 * What one user thinks of a comparison, for good. It names the models itself, so that ratings read
 * nothing else.
 */
export type VoteRow = {
  readonly threadId: ThreadId;
  readonly comparisonId: string;
  readonly userId: string;
  readonly projectId: string;
  readonly choice: string;
  readonly leftModel: string;
  readonly rightModel: string;
  readonly requestId: string;
  readonly createdAt: number;
  /**
   * Always 1: guards against a second vote of the same user, which another server may be writing.
   */
  readonly version: number;
};

export const votes: TypedTable<VoteRow, 'votes'> = declareTable({
  name: 'votes',
  id: 16,
  parent: 'threads',
  columns: {
    threadId: string,
    comparisonId: string,
    userId: string,
    projectId: string,
    choice: string,
    leftModel: string,
    rightModel: string,
    requestId: string,
    createdAt: timestamp,
    version: int,
  },
  key: ['threadId', 'comparisonId', 'userId'],
  partition: 1,
  indexes: [{ name: 'byProject', id: 1, columns: ['projectId', 'createdAt'], partition: 1 }],
});
