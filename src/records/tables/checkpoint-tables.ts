import type { ThreadId } from '../../shared/ids.ts';
import type { JsonValue } from '../../shared/json.ts';
import { declareTable, type TypedTable } from '../table.ts';
import { int, json, optional, string } from './columns.ts';

/**
 * A value as a serializer gave it, in at most one of three columns: `json` where the text is
 * exactly what JSON.stringify gives of it, else `text`, else `bytes` as base64url. `type` is the
 * serializer's, `json` where it is absent.
 */
export type PackedColumns = {
  readonly type?: string | undefined;
  readonly json?: JsonValue | undefined;
  readonly text?: string | undefined;
  readonly bytes?: string | undefined;
};

/**
 * A stretch of checkpoints that a copied thread shares with another: what that held at a version.
 */
export type CheckpointAncestor = {
  readonly threadId: ThreadId;
  /** Rows up to this version of that thread are shared. */
  readonly version: number;
  /** The elements that are shared: of each lane those up to this id, beyond the stretch before. */
  readonly lanes: { readonly [lane: string]: number };
};

/** What a thread's checkpoints have in common; it exists once the thread has any. */
export type CheckpointLogRow = {
  readonly threadId: ThreadId;
  /** Rises when elements are deleted: whoever knows ids from before may know ones that are gone. */
  readonly epoch: number;
  /** The greatest element id given out in each lane, ever; ids are not given out again. */
  readonly lanes: { readonly [lane: string]: number };
  /** The list of messages that the thread's items show. */
  readonly mirrored?: string | undefined;
  /**
   * The greatest id that a checkpoint of the root namespace has, so that an older one is told
   * without a look.
   */
  readonly newestId?: string | undefined;
  /**
   * The id that the checkpoints' program knows the thread by, where it cannot be told from the
   * thread's.
   */
  readonly origin?: JsonValue | undefined;
  /** The shared stretches, oldest first. */
  readonly lineage?: readonly CheckpointAncestor[] | undefined;
};

export const checkpointLogs: TypedTable<CheckpointLogRow, 'checkpoint_logs'> = declareTable({
  name: 'checkpoint_logs',
  id: 17,
  parent: 'threads',
  columns: {
    threadId: string,
    epoch: int,
    lanes: json,
    mirrored: optional(string),
    newestId: optional(string),
    origin: optional(json),
    lineage: optional(json),
  },
  key: ['threadId'],
  partition: 1,
  indexes: [],
});

/**
 * A checkpoint. Rows are never changed: one that is put again has another row, with a greater
 * version.
 *
 * `values` says where the value of each channel is, by the grammar of
 * `domain/checkpoints/value-pointer.ts`.
 */
export type CheckpointRow = {
  readonly threadId: ThreadId;
  readonly namespace: string;
  readonly id: string;
  /** The thread's version that it was put with. 0: it came from a copied thread's source. */
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
    json: optional(json),
    text: optional(string),
    bytes: optional(string),
    metadata: json,
    versions: json,
    values: json,
  },
  key: ['threadId', 'namespace', 'id', 'version'],
  partition: 1,
  indexes: [{ name: 'byId', id: 1, columns: ['threadId', 'id'], partition: 1 }],
});

/**
 * A piece of the values of a thread's channels, kept once however many checkpoints hold it. A lane
 * is the elements of one channel's lists, the pages of such lists, or whole values.
 */
export type CheckpointElementRow = PackedColumns & {
  readonly threadId: ThreadId;
  readonly lane: string;
  readonly id: number;
  /** Of type and content: 22 characters of base64url. */
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
      json: optional(json),
      text: optional(string),
      bytes: optional(string),
    },
    key: ['threadId', 'lane', 'id'],
    partition: 1,
    indexes: [{ name: 'byHash', id: 1, columns: ['threadId', 'lane', 'hash'], partition: 1 }],
  });

/** What a task wrote on top of a checkpoint. The row with the greatest version counts. */
export type CheckpointWriteRow = PackedColumns & {
  readonly threadId: ThreadId;
  readonly namespace: string;
  readonly checkpointId: string;
  readonly taskId: string;
  /** Negative for the special channels, which may be written again. */
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
    json: optional(json),
    text: optional(string),
    bytes: optional(string),
  },
  key: ['threadId', 'namespace', 'checkpointId', 'taskId', 'index', 'version'],
  partition: 1,
  indexes: [],
});

/** A thread that shares this one's checkpoints up to a version. */
export type CheckpointCopyRow = {
  readonly threadId: ThreadId;
  readonly copyId: ThreadId;
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
