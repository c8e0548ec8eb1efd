import type { ItemId, StoredThreadId } from '../../shared/ids.ts';
import type { JsonObject, JsonValue } from '../../shared/json.ts';
import { declareTable, type TypedTable } from '../table.ts';
import { int, anyJson, optional, string, timestamp } from './columns.ts';

/** One execution of a model or an agent in a thread. */
export type RunRow = {
  readonly threadId: StoredThreadId;
  readonly id: string;
  readonly projectId: string;
  /** The user who asked. */
  readonly userId?: string | undefined;
  readonly status: string;
  readonly model?: string | undefined;
  readonly agent?: string | undefined;
  /** The item that it answers. */
  readonly inputItemId?: ItemId | undefined;
  /** The answer, once there is one. */
  readonly outputItemId?: ItemId | undefined;
  /** The answer that a retry or a continued run replaces. */
  readonly replacesId?: ItemId | undefined;
  /** The key of the answer, which the client learns when the run starts. */
  readonly messageId: string;
  readonly streamId: string;
  readonly comparisonId?: string | undefined;
  readonly attempt: number;
  readonly usage?: JsonValue | undefined;
  readonly error?: JsonValue | undefined;
  readonly metadata: JsonObject;
  readonly requestId: string;
  /** Rises whenever a process takes the run, which locks out the previous holder. */
  readonly leaseToken: number;
  /** How long its process counts as alive; absent when no process works on the run. */
  readonly leaseExpiresAt?: number | undefined;
  /** How long it has waited for people since it started, in milliseconds. */
  readonly waitedMs?: number | undefined;
  /** The agent that takes part in the thread and answers with its own id. */
  readonly authorId?: string | undefined;
  /** How many agents' answers lead from a person's message to this one's end; absent: one. */
  readonly links?: number | undefined;
  readonly createdAt: number;
  readonly startedAt?: number | undefined;
  readonly endedAt?: number | undefined;
  readonly updatedAt: number;
  /** Rises with every change; guards against concurrent updates. */
  readonly version: number;
};

export const runs: TypedTable<RunRow, 'runs'> = declareTable({
  name: 'runs',
  id: 13,
  parent: 'threads',
  columns: {
    threadId: string,
    id: string,
    projectId: string,
    userId: optional(string),
    status: string,
    model: optional(string),
    agent: optional(string),
    inputItemId: optional(string),
    outputItemId: optional(string),
    replacesId: optional(string),
    messageId: string,
    streamId: string,
    comparisonId: optional(string),
    attempt: int,
    usage: optional(anyJson),
    error: optional(anyJson),
    metadata: anyJson,
    requestId: string,
    leaseToken: int,
    leaseExpiresAt: optional(timestamp),
    waitedMs: optional(int),
    createdAt: timestamp,
    startedAt: optional(timestamp),
    endedAt: optional(timestamp),
    updatedAt: timestamp,
    version: int,
    authorId: optional(string),
    links: optional(int),
  },
  key: ['threadId', 'id'],
  partition: 1,
  indexes: [
    { name: 'byStatus', id: 1, columns: ['threadId', 'status'], partition: 1 },
    { name: 'byLease', id: 2, columns: ['leaseExpiresAt'], partition: 0 },
    { name: 'byInput', id: 3, columns: ['threadId', 'inputItemId'], partition: 1 },
  ],
});

/** Chunks of a stream that were written together. */
export type ChunkRow = {
  readonly threadId: StoredThreadId;
  readonly streamId: string;
  /** The sequence number of the group's last chunk. They count from 1 without gaps. */
  readonly seq: number;
  readonly chunks: readonly { readonly type: string; readonly [field: string]: JsonValue }[];
};

export const chunks: TypedTable<ChunkRow, 'chunks'> = declareTable({
  name: 'chunks',
  id: 14,
  parent: 'threads',
  columns: { threadId: string, streamId: string, seq: int, chunks: anyJson },
  key: ['threadId', 'streamId', 'seq'],
  partition: 1,
  indexes: [],
});
