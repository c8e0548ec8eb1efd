import type { StoredThreadId } from '../../shared/ids.ts';
import type { JsonValue } from '../../shared/json.ts';
import { declareTable, type TypedTable } from '../table.ts';
import { int, anyJson, optional, string, timestamp } from './columns.ts';

/** The durable state of one generation, without its chunks, and what it takes to resume it. */
export type StreamRow = {
  readonly threadId: StoredThreadId;
  readonly id: string;
  readonly runId?: string | undefined;
  readonly status: string;
  /** Allows its holder to resume the stream. */
  readonly resumeToken: string;
  /** The id of the last stored event. */
  readonly lastEventId?: string | undefined;
  /** The state that the events up to `lastEventId` add up to. */
  readonly snapshot?: JsonValue | undefined;
  /** The sequence number of the chunk before the newest step. */
  readonly stepSeq?: number | undefined;
  readonly expiresAt?: number | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Rises with every change; guards against concurrent updates. */
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
    snapshot: optional(anyJson),
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
