import type { ItemId, StoredThreadId } from '../../shared/ids.ts';
import { declareTable, type TypedTable } from '../table.ts';
import { boolean, int, optional, string, timestamp } from './columns.ts';

/** A link to a thread. */
export type ShareRow = {
  readonly threadId: StoredThreadId;
  readonly id: string;
  /** SHA-256 of the token, which has 256 random bits. */
  readonly tokenHash: string;
  readonly projectId: string;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly frozenItemId?: ItemId | undefined;
  /** The version of the thread at which it was frozen. */
  readonly frozenVersion?: number | undefined;
  readonly expiresAt?: number | undefined;
  readonly revokedAt?: number | undefined;
  readonly title?: string | undefined;
  readonly showAuthors: boolean;
  readonly views: number;
  readonly lastViewedAt?: number | undefined;
};

export const shares: TypedTable<ShareRow, 'shares'> = declareTable({
  name: 'shares',
  id: 32,
  parent: 'threads',
  columns: {
    threadId: string,
    id: string,
    tokenHash: string,
    projectId: string,
    createdBy: string,
    createdAt: timestamp,
    frozenItemId: optional(string),
    frozenVersion: optional(int),
    expiresAt: optional(timestamp),
    revokedAt: optional(timestamp),
    title: optional(string),
    showAuthors: boolean,
    views: int,
    lastViewedAt: optional(timestamp),
  },
  key: ['threadId', 'id'],
  partition: 1,
  indexes: [{ name: 'byToken', id: 1, columns: ['tokenHash'], partition: 1 }],
});
