import type { ItemId, StoredThreadId } from '../../shared/ids.ts';
import type { JsonValue } from '../../shared/json.ts';
import { declareTable, type TypedTable } from '../table.ts';
import { int, anyJson, optional, string, timestamp } from './columns.ts';

/** A request with an idempotency key. `scope` is a thread's id, or `/` and a project's. */
export type RequestRow = {
  readonly scope: string;
  readonly userId: string;
  readonly key: string;
  readonly hash: string;
  readonly result: JsonValue;
  readonly expiresAt: number;
};

export const requests: TypedTable<RequestRow, 'requests'> = declareTable({
  name: 'requests',
  id: 9,
  columns: {
    scope: string,
    userId: string,
    key: string,
    hash: string,
    result: anyJson,
    expiresAt: timestamp,
  },
  key: ['scope', 'userId', 'key'],
  partition: 1,
  indexes: [{ name: 'byExpiry', id: 1, columns: ['expiresAt'], partition: 0 }],
});

/** Unfinished work that a commit has promised. It is resumed when a store opens. */
export type TaskRow = {
  /** Spreads the tasks of the store over partitions: see `newTask`. */
  readonly shard: number;
  readonly id: string;
  readonly kind: string;
  readonly threadId: StoredThreadId;
  readonly itemId?: ItemId | undefined;
};

export const taskQueue: TypedTable<TaskRow, 'task_queue'> = declareTable({
  name: 'task_queue',
  id: 28,
  columns: { shard: int, id: string, kind: string, threadId: string, itemId: optional(string) },
  key: ['shard', 'id'],
  partition: 1,
  indexes: [{ name: 'byThread', id: 1, columns: ['threadId'], partition: 1 }],
});

/** A task in the table that preceded the sharded queue. */
export type FormerTaskRow = Omit<TaskRow, 'shard'>;

/**
 * Every row was a partition of its own, so an engine could not read them in order. Moved to
 * `taskQueue` when a store opens.
 */
export const tasks: TypedTable<FormerTaskRow, 'tasks'> = declareTable({
  name: 'tasks',
  id: 10,
  columns: { id: string, kind: string, threadId: string, itemId: optional(string) },
  key: ['id'],
  partition: 1,
  indexes: [],
});

/** The position from which to read a queue by time: see `TimeQueue`. */
export type QueuePlaceRow = {
  /** A table and its index, such as `runs.byLease`. */
  readonly queue: string;
  /** The time before which no entry is left. */
  readonly beginsAt: number;
};

export const queuePlaces: TypedTable<QueuePlaceRow, 'queue_places'> = declareTable({
  name: 'queue_places',
  id: 29,
  columns: { queue: string, beginsAt: timestamp },
  key: ['queue'],
  partition: 1,
  indexes: [],
});

/**
 * A server key or a user token, stored under the hash of its secret. A rotated key has a row for
 * each of its secrets, `key` and `former`.
 */
export type CredentialRow = {
  readonly hash: string;
  readonly kind: string;
  readonly id: string;
  readonly projectId: string;
  readonly name?: string | undefined;
  readonly userId?: string | undefined;
  readonly createdAt: number;
  readonly expiresAt?: number | undefined;
  /** The hash of the server key that minted a token, which ends with it. */
  readonly keyHash?: string | undefined;
  /** The one server that a token is for, and what it says of its user. */
  readonly audience?: string | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly scopes?: readonly string[] | undefined;
};

export const credentials: TypedTable<CredentialRow, 'credentials'> = declareTable({
  name: 'credentials',
  id: 11,
  columns: {
    hash: string,
    kind: string,
    id: string,
    projectId: string,
    name: optional(string),
    userId: optional(string),
    createdAt: timestamp,
    expiresAt: optional(timestamp),
    keyHash: optional(string),
    audience: optional(string),
    roles: optional(anyJson),
    scopes: optional(anyJson),
  },
  key: ['hash'],
  partition: 1,
  indexes: [
    { name: 'byKind', id: 1, columns: ['kind', 'id'], partition: 1 },
    { name: 'byExpiry', id: 2, columns: ['expiresAt'], partition: 0 },
  ],
});
