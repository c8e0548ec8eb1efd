import type { ItemId, StoredThreadId } from '../../../../src/shared/ids.ts';
import { declareTable, type TypedTable } from '../../../../src/records/table.ts';
import { string, timestamp } from '../../../../src/records/tables/columns.ts';

export type BookmarkRow = {
  readonly threadId: StoredThreadId;
  readonly userId: string;
  readonly itemId: ItemId;
  /** The thread's, so that a database can count bookmarks by project. */
  readonly projectId: string;
  readonly label: string;
  readonly createdAt: number;
};

export const bookmarks: TypedTable<BookmarkRow, 'bookmarks'> = declareTable({
  name: 'bookmarks',
  id: 30,
  parent: 'threads',
  columns: {
    threadId: string,
    userId: string,
    itemId: string,
    projectId: string,
    label: string,
    createdAt: timestamp,
  },
  key: ['threadId', 'userId', 'itemId'],
  partition: 1,
  indexes: [{ name: 'byItem', id: 1, columns: ['threadId', 'itemId'], partition: 1 }],
});
