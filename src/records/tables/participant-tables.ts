import type { ItemId, StoredThreadId } from '../../shared/ids.ts';
import { declareTable, type TypedTable } from '../table.ts';
import { boolean, int, optional, string, timestamp } from './columns.ts';

/**
 * Who takes part in a thread, apart from its messages. The row stays when its user leaves, or is
 * banned. An owner's row has no say in what the owner may do.
 */
export type ParticipantRow = {
  readonly threadId: StoredThreadId;
  readonly userId: string;
  readonly projectId: string;
  readonly role: string;
  readonly state: string;
  /** Until then the user may read and not write. */
  readonly mutedUntil?: number | undefined;
  readonly notify: string;
  readonly pinned: boolean;
  readonly readItemId?: ItemId | undefined;
  /** The message position of the item that was read last; 0 if none was. */
  readonly readPosition: number;
  /**
   * The head's message position when the user last went back: what they wrote up to there does not
   * count as read any more.
   */
  readonly unreadPosition?: number | undefined;
  readonly deliveredItemId?: ItemId | undefined;
  /** When an agent answers; absent for people. */
  readonly answers?: string | undefined;
  readonly joinedAt: number;
  readonly addedBy?: string | undefined;
  /** The time in the user's list; absent if the thread is in none, or in the list of big ones. */
  readonly listedAt?: number | undefined;
  /** The time of joining a thread without a bound; absent in others. */
  readonly bigAt?: number | undefined;
  readonly version: number;
};

export const participants: TypedTable<ParticipantRow, 'participants'> = declareTable({
  name: 'participants',
  id: 31,
  parent: 'threads',
  columns: {
    threadId: string,
    userId: string,
    projectId: string,
    role: string,
    state: string,
    mutedUntil: optional(timestamp),
    notify: string,
    pinned: boolean,
    readItemId: optional(string),
    readPosition: int,
    deliveredItemId: optional(string),
    answers: optional(string),
    joinedAt: timestamp,
    addedBy: optional(string),
    listedAt: optional(timestamp),
    bigAt: optional(timestamp),
    version: int,
    unreadPosition: optional(int),
  },
  key: ['threadId', 'userId'],
  partition: 1,
  indexes: [
    { name: 'byUser', id: 1, columns: ['projectId', 'userId', 'listedAt'], partition: 2 },
    { name: 'byUserBig', id: 2, columns: ['projectId', 'userId', 'bigAt'], partition: 2 },
  ],
});

/** The one direct thread of two users. */
export type DirectThreadRow = {
  readonly projectId: string;
  /** The lesser of the two ids, by UTF-16 code units. */
  readonly lesserId: string;
  readonly greaterId: string;
  readonly threadId: StoredThreadId;
  readonly version: number;
};

export const directThreads: TypedTable<DirectThreadRow, 'direct_threads'> = declareTable({
  name: 'direct_threads',
  id: 39,
  columns: {
    projectId: string,
    lesserId: string,
    greaterId: string,
    threadId: string,
    version: int,
  },
  key: ['projectId', 'lesserId', 'greaterId'],
  partition: 3,
  indexes: [],
});
