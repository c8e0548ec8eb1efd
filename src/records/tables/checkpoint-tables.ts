import type { StoredThreadId } from '../../shared/ids.ts';
import type { JsonValue } from '../../shared/json.ts';
import { declareTable, type TypedTable } from '../table.ts';
import { int, anyJson, optional, string } from './columns.ts';

/**
 * A value as a serializer produced it, in at most one of three columns: `json` if `JSON.stringify`
 * gives back the text, else `text`, else `bytes` as base64url. `type` is the serializer's, and
 * `json` if absent.
 */
export type PackedColumns = {
  readonly type?: string | undefined;
  readonly json?: JsonValue | undefined;
  readonly text?: string | undefined;
  readonly bytes?: string | undefined;
};

/**
 * A range of checkpoints that a copied thread shares with another: what that thread held at a
 * version.
 */
export type CheckpointAncestor = {
  readonly threadId: StoredThreadId;
  /** Rows up to this version of that thread are shared. */
  readonly version: number;
  /** The last shared element id of each lane. The range begins after the previous one. */
  readonly lanes: { readonly [lane: string]: number };
};

/** The common data of a thread's checkpoints; it exists once the thread has a checkpoint. */
export type CheckpointLogRow = {
  readonly threadId: StoredThreadId;
  /**
   * 1 at first. Rises when elements are deleted or redacted: ids learned in an earlier epoch may no
   * longer exist, or name other content.
   */
  readonly epoch: number;
  /** The greatest element id ever assigned in each lane; ids are never reused. */
  readonly lanes: { readonly [lane: string]: number };
  /** The channel whose messages the thread's items show. */
  readonly mirrored?: string | undefined;
  /**
   * The greatest id of a checkpoint in the root namespace, so that an older one is recognized
   * without a read.
   */
  readonly newestId?: string | undefined;
  /** The program's own id of the thread, if it cannot be derived from the thread's id. */
  readonly origin?: JsonValue | undefined;
  /** The shared ranges, oldest first. */
  readonly lineage?: readonly CheckpointAncestor[] | undefined;
};

export const checkpointLogs: TypedTable<CheckpointLogRow, 'checkpoint_logs'> = declareTable({
  name: 'checkpoint_logs',
  id: 17,
  parent: 'threads',
  columns: {
    threadId: string,
    epoch: int,
    lanes: anyJson,
    mirrored: optional(string),
    newestId: optional(string),
    origin: optional(anyJson),
    lineage: optional(anyJson),
  },
  key: ['threadId'],
  partition: 1,
  indexes: [],
});

/**
 * A checkpoint. Rows are never changed: putting a checkpoint again adds a row with a greater
 * version.
 *
 * `values` says where each channel's value is, in the grammar of
 * `domain/checkpoints/value-pointer.ts`.
 */
export type CheckpointRow = {
  readonly threadId: StoredThreadId;
  readonly namespace: string;
  readonly id: string;
  /** The thread's version at the put; 0 if it was inherited from the source of a copy. */
  readonly version: number;
  readonly parentId?: string | undefined;
  readonly type?: string | undefined;
  readonly json?: JsonValue | undefined;
  readonly text?: string | undefined;
  readonly bytes?: string | undefined;
  readonly metadata: { readonly [column in keyof PackedColumns]?: JsonValue };
  /** The version of each channel. */
  readonly versions: { readonly [channel: string]: number | string };
  readonly values: { readonly [channel: string]: JsonValue };
};

export const checkpoints: TypedTable<CheckpointRow, 'checkpoints'> = declareTable({
  name: 'checkpoints',
  id: 18,
  parent: 'threads',
  columns: {
    threadId: string,
    namespace: string,
    id: string,
    version: int,
    parentId: optional(string),
    type: optional(string),
    json: optional(anyJson),
    text: optional(string),
    bytes: optional(string),
    metadata: anyJson,
    versions: anyJson,
    values: anyJson,
  },
  key: ['threadId', 'namespace', 'id', 'version'],
  partition: 1,
  indexes: [{ name: 'byId', id: 1, columns: ['threadId', 'id'], partition: 1 }],
});

/**
 * A piece of the values of a thread's channels, stored once however many checkpoints hold it. A
 * lane holds the elements of one channel's lists, the pages of such lists, or whole values.
 */
export type CheckpointElementRow = PackedColumns & {
  readonly threadId: StoredThreadId;
  readonly lane: string;
  readonly id: number;
  /** A hash of type and content: 22 characters of base64url. */
  readonly hash: string;
};

export const checkpointElements: TypedTable<CheckpointElementRow, 'checkpoint_elements'> =
  declareTable({
    name: 'checkpoint_elements',
    id: 19,
    parent: 'threads',
    columns: {
      threadId: string,
      lane: string,
      id: int,
      hash: string,
      type: optional(string),
      json: optional(anyJson),
      text: optional(string),
      bytes: optional(string),
    },
    key: ['threadId', 'lane', 'id'],
    partition: 1,
    indexes: [{ name: 'byHash', id: 1, columns: ['threadId', 'lane', 'hash'], partition: 1 }],
  });

/** A write of a task on top of a checkpoint. Of several rows, the greatest version counts. */
export type CheckpointWriteRow = PackedColumns & {
  readonly threadId: StoredThreadId;
  readonly namespace: string;
  readonly checkpointId: string;
  readonly taskId: string;
  /** Negative for the special channels, whose writes may be overwritten. */
  readonly index: number;
  readonly version: number;
  readonly channel: string;
};

export const checkpointWrites: TypedTable<CheckpointWriteRow, 'checkpoint_writes'> = declareTable({
  name: 'checkpoint_writes',
  id: 20,
  parent: 'threads',
  columns: {
    threadId: string,
    namespace: string,
    checkpointId: string,
    taskId: string,
    index: int,
    version: int,
    channel: string,
    type: optional(string),
    json: optional(anyJson),
    text: optional(string),
    bytes: optional(string),
  },
  key: ['threadId', 'namespace', 'checkpointId', 'taskId', 'index', 'version'],
  partition: 1,
  indexes: [],
});

/** A thread that shares this one's checkpoints up to a version. */
export type CheckpointCopyRow = {
  readonly threadId: StoredThreadId;
  readonly copyId: StoredThreadId;
  readonly version: number;
};

export const checkpointCopies: TypedTable<CheckpointCopyRow, 'checkpoint_copies'> = declareTable({
  name: 'checkpoint_copies',
  id: 21,
  parent: 'threads',
  columns: { threadId: string, copyId: string, version: int },
  key: ['threadId', 'copyId'],
  partition: 1,
  indexes: [],
});
