import type { ItemId, StoredThreadId } from '../../shared/ids.ts';
import { declareTable, type TypedTable } from '../table.ts';
import { int, optional, string, timestamp } from './columns.ts';

/** What a user thinks of an item, which is the original of an edited one. */
export type FeedbackRow = {
  readonly threadId: StoredThreadId;
  readonly itemId: ItemId;
  readonly userId: string;
  readonly rating: string;
  readonly comment?: string | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly version: number;
};

export const feedback: TypedTable<FeedbackRow, 'feedback'> = declareTable({
  name: 'feedback',
  id: 42,
  parent: 'threads',
  columns: {
    threadId: string,
    itemId: string,
    userId: string,
    rating: string,
    comment: optional(string),
    createdAt: timestamp,
    updatedAt: timestamp,
    version: int,
  },
  key: ['threadId', 'itemId', 'userId'],
  partition: 1,
  indexes: [{ name: 'byUser', id: 1, columns: ['threadId', 'userId', 'itemId'], partition: 1 }],
});
