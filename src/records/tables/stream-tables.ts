import type { ThreadId } from '../../shared/ids.ts';
import type { JsonValue } from '../../shared/json.ts';
import { declareTable, type TypedTable } from '../table.ts';
import { int, json, optional, string, timestamp } from './columns.ts';

/**
 * The durable log of one generation, apart from its chunks: where it stands, and how to take it up
 * again.
 */
export type StreamRow = {
  readonly threadId: ThreadId;
  readonly id: string;
  readonly runId?: string | undefined;
  readonly status: string;
  /** Whoever has it may take the stream up again. */
  readonly resumeToken: string;
  /** Of the last event that is kept. */
  readonly lastEventId?: string | undefined;
  /** What the events up to `lastEventId` amount to. */
  readonly snapshot?: JsonValue | undefined;
  /** The sequence number of the chunk before the newest step. */
  readonly stepSeq?: number | undefined;
  readonly expiresAt?: number | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Rises with every change, and guards against two at once. */
  readonly version: number;
};

export const streams: TypedTable<StreamRow, 'streams'> = declareTable({
  name: 'streams',
  id: 12,
  parent: 'threads',
  columns: {
    threadId: string,
    id: string,
    runId: optional(string),
    status: string,
    resumeToken: string,
    lastEventId: optional(string),
    snapshot: optional(json),
    stepSeq: optional(int),
    expiresAt: optional(timestamp),
    createdAt: timestamp,
    updatedAt: timestamp,
    version: int,
  },
  key: ['threadId', 'id'],
  partition: 1,
  indexes: [
    { name: 'byRun', id: 1, columns: ['threadId', 'runId'], partition: 1 },
    { name: 'byExpiry', id: 2, columns: ['expiresAt'], partition: 0 },
  ],
});
