import type { ThreadId } from '../../shared/ids.ts';
import type { JsonValue } from '../../shared/json.ts';

export const streamStatuses = ['active', 'completed', 'aborted', 'expired'] as const;
/** A stream that is not `active` has ended, and stays as it ended. */
export type StreamStatus = (typeof streamStatuses)[number];

/** One generation in a thread: where it stands, and how to take it up again. */
export interface Stream {
  readonly id: string;
  readonly threadId: ThreadId;
  readonly runId?: string;
  readonly status: StreamStatus;
  readonly resumeToken: string;
  /** Of the last event that is kept. */
  readonly lastEventId?: string;
  /** What the events up to `lastEventId` amount to. */
  readonly snapshot?: JsonValue;
  /** ISO 8601, UTC, milliseconds; as all times below. */
  readonly expiresAt?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Rises with every change. */
  readonly version: number;
}

export interface NewStream {
  readonly threadId: string;
  /** 1 to 128 characters, unique in the thread. Default: a new UUIDv7. */
  readonly id?: string;
  /** 1 to 128 characters. */
  readonly runId?: string;
  /** Default `active`. */
  readonly status?: StreamStatus;
  /** 1 to 128 characters. Default: a new random one. */
  readonly resumeToken?: string;
  /** 1 to 128 characters. */
  readonly lastEventId?: string;
  /** At most 1 MiB as JSON. */
  readonly snapshot?: JsonValue;
  /** ISO 8601. */
  readonly expiresAt?: string;
}

/** `null` takes the value away. */
export interface StreamPatch {
  readonly status?: StreamStatus;
  readonly lastEventId?: string | null;
  readonly snapshot?: JsonValue;
  readonly expiresAt?: string | null;
}

export interface StreamKey {
  readonly threadId: string;
  readonly id: string;
  /** When given and not the stream's version: `precondition_failed`, nothing changes. */
  readonly ifVersion?: number;
}

export interface StreamUpdate extends StreamPatch, StreamKey {}
