import type { ItemId, StoredThreadId } from '../../shared/ids.ts';
import { declareTable, type TypedTable } from '../table.ts';
import { int, optional, string, timestamp } from './columns.ts';

/**
 * News for a user: an item that mentions them or answers theirs, or a thread to which another has
 * added them. It holds nothing of what was said: a reader gets that as the thread has it now.
 */
export type InboxRow = {
  readonly projectId: string;
  readonly userId: string;
  /** Rises with the time. That of an item follows from the item, so that it is written once. */
  readonly id: string;
  readonly threadId: StoredThreadId;
  readonly itemId?: ItemId | undefined;
  readonly kind: string;
  /** Who has added the user. The author of an item is in the item. */
  readonly addedBy?: string | undefined;
  readonly createdAt: number;
  /** The time of the entry until it is seen, which lists it among the unseen. */
  readonly unseenAt?: number | undefined;
  readonly seenAt?: number | undefined;
  readonly version: number;
};

export const inbox: TypedTable<InboxRow, 'inbox'> = declareTable({
  name: 'inbox',
  id: 43,
  columns: {
    projectId: string,
    userId: string,
    id: string,
    threadId: string,
    itemId: optional(string),
    kind: string,
    addedBy: optional(string),
    createdAt: timestamp,
    unseenAt: optional(timestamp),
    seenAt: optional(timestamp),
    version: int,
  },
  key: ['projectId', 'userId', 'id'],
  partition: 2,
  indexes: [
    { name: 'byUnseen', id: 1, columns: ['projectId', 'userId', 'unseenAt'], partition: 2 },
    // For the purge of a thread.
    { name: 'byThread', id: 2, columns: ['threadId'], partition: 1 },
  ],
});
