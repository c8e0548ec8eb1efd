import type { StoredThreadId, ThreadId } from '../shared/ids.ts';
import type { JsonValue } from '../shared/json.ts';
import type { Chunk } from './responder.ts';

export const streamStatuses = ['active', 'completed', 'aborted', 'expired'] as const;
/** A stream that is not `active` has ended, and its status is final. */
export type StreamStatus = (typeof streamStatuses)[number];

/** One generation in a thread, for the operator: its state, and what it takes to resume it. */
export interface Stream {
  readonly id: string;
  readonly threadId: StoredThreadId;
  readonly runId?: string;
  readonly status: StreamStatus;
  readonly resumeToken: string;
  /** The id of the last stored event. */
  readonly lastEventId?: string;
  /** The state that the events up to `lastEventId` add up to. */
  readonly snapshot?: JsonValue;
  /** ISO 8601, UTC, milliseconds; likewise all times below. */
  readonly expiresAt?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Rises with every change. */
  readonly version: number;
}

export interface NewStream {
  /** As stored: `id`, or `project/id`. */
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

/** `null` removes the value. */
export interface StreamPatch {
  readonly status?: StreamStatus;
  readonly lastEventId?: string | null;
  readonly snapshot?: JsonValue;
  readonly expiresAt?: string | null;
}

export interface StreamKey {
  /** As stored: `id`, or `project/id`. */
  readonly threadId: string;
  readonly id: string;
  /**
   * If it is not the stream's version, the call throws `precondition_failed` and changes nothing.
   */
  readonly ifVersion?: number;
}

export interface StreamUpdate extends StreamPatch, StreamKey {}

/** A stream as readers of its thread see it. */
export interface StreamInfo extends Omit<Stream, 'threadId' | 'resumeToken' | 'snapshot'> {
  readonly threadId: ThreadId;
}

/** A chunk and its number in the stream, from 1. */
export interface StreamEvent {
  readonly seq: number;
  readonly chunk: Chunk;
}

/** Writes a stream that belongs to no run. Readers see a chunk once it is durable. */
export interface StreamProducer {
  /** Another writer has ended the stream, or it cannot be written: nothing more is stored. */
  readonly isLost: boolean;
  /** So much is buffered that the caller should wait for `flush`. */
  readonly isFull: boolean;
  append(chunk: Chunk): void;
  /** Resolves when everything appended so far is durable, or the stream is lost. */
  flush(): Promise<void>;
  /**
   * Ends the stream and keeps its chunks for `keptForMs`. Resolves to false if the stream is lost.
   */
  end(status: 'completed' | 'aborted', keptForMs: number): Promise<boolean>;
}

export interface StreamReadOptions {
  /** Only chunks after this one. Default 0: a full replay. */
  readonly after?: number;
  /** Instead of `after`: `step` begins with the newest step. */
  readonly from?: 'start' | 'step';
  /**
   * In process only. If the stream continues an answer, for instance after an approval, it begins
   * with chunks numbered 0 that reproduce the earlier part. Default false: only what was added.
   */
  readonly isWhole?: boolean;
  readonly signal?: AbortSignal;
}

export interface StreamsApi {
  get(threadId: string, streamId: string): Promise<StreamInfo>;
  /** The newest active stream, if any. */
  active(threadId: string): Promise<StreamInfo | undefined>;
  /**
   * Replays the stored chunks and follows the stream until it ends. Any number of readers may
   * follow it, on any server. Throws `not_found` once the chunks are deleted, by default ten
   * minutes after the end.
   */
  read(
    threadId: string,
    streamId: string,
    options?: StreamReadOptions,
  ): AsyncGenerator<StreamEvent, void, undefined>;
  /**
   * Like `read`, in groups of as many chunks as there are; `seq` is the number of the last chunk in
   * a group.
   */
  readGroups(
    threadId: string,
    streamId: string,
    options?: StreamReadOptions,
  ): AsyncGenerator<ChunkGroup, void, undefined>;
}

/** Chunks that became durable together; `seq` is the number of the last one. */
export interface ChunkGroup {
  readonly seq: number;
  readonly chunks: readonly Chunk[];
}

export interface OperatorStreamsApi {
  /**
   * Each stream is a commit of its own. Returns one that already exists with this content; throws
   * `conflict` if its content differs.
   */
  create(streams: readonly NewStream[]): Promise<Stream[]>;
  /**
   * Each update is a commit of its own. Throws `precondition_failed` if `ifVersion` is stale, and
   * `conflict` if the stream has ended and its status would change.
   */
  update(updates: readonly StreamUpdate[]): Promise<Stream[]>;
  /**
   * Deletes streams with their chunks, one by one. Throws `precondition_failed` if `ifVersion` is
   * stale.
   */
  delete(streams: readonly StreamKey[]): Promise<void>;
  find(stream: StreamKey): Promise<Stream | undefined>;
  /**
   * Opens an active stream for writing chunks. Throws `conflict` if it has ended or the token
   * differs.
   */
  open(stream: StreamKey & { readonly resumeToken: string }): Promise<StreamProducer>;
  /** See `StreamsApi.readGroups`. */
  read(stream: StreamKey, options?: StreamReadOptions): AsyncGenerator<ChunkGroup, void, undefined>;
}
