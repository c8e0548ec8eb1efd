import type { ItemId, StoredThreadId } from '../../shared/ids.ts';
import { declareTable, type TypedTable } from '../table.ts';
import { boolean, int, optional, string, timestamp } from './columns.ts';

/** Two answers to one item, side by side. Never changed: the runs hold the state of the answers. */
export type ComparisonRow = {
  readonly threadId: StoredThreadId;
  readonly id: string;
  readonly projectId: string;
  /** The user who asked. */
  readonly userId?: string | undefined;
  /** The item that both answer. */
  readonly inputItemId: ItemId;
  /** The models are hidden from each user until that user has voted. */
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
 * One user's final vote on a comparison. It names the models itself, so that ratings need no other
 * rows.
 */
export type VoteRow = {
  readonly threadId: StoredThreadId;
  readonly comparisonId: string;
  readonly userId: string;
  readonly projectId: string;
  readonly choice: string;
  readonly leftModel: string;
  readonly rightModel: string;
  readonly requestId: string;
  readonly createdAt: number;
  /** Always 1. Guards against a second vote of the same user through another server. */
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
