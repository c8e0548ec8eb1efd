import type { ThreadId } from '../shared/ids.ts';
import type { JsonValue } from '../shared/json.ts';
import type { Chunk } from './responder.ts';

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

/** A stream as readers of its thread see it. */
export type StreamInfo = Omit<Stream, 'resumeToken' | 'snapshot'>;

/** A chunk and its number in the stream, from 1. */
export interface StreamEvent {
  readonly seq: number;
  readonly chunk: Chunk;
}

/** Writes a stream that no run writes. Readers see a chunk once it is durable. */
export interface StreamProducer {
  /** Somebody else has ended the stream, or it cannot be written: nothing more is stored. */
  readonly isLost: boolean;
  /** So much waits that it is time to wait for `flush`. */
  readonly isFull: boolean;
  append(chunk: Chunk): void;
  /** Resolves when everything appended so far is durable, or the stream is lost. */
  flush(): Promise<void>;
  /** Ends the stream, whose chunks stay for so long. Resolves to false when it is lost. */
  end(status: 'completed' | 'aborted', keptForMs: number): Promise<boolean>;
}

export interface StreamReadOptions {
  /** Only chunks after this one. Default 0: a full replay. */
  readonly after?: number;
  /** Instead of `after`: `step` begins with the newest step. */
  readonly from?: 'start' | 'step';
  /**
   * In process only. Where the stream continues an answer, for instance after an approval: begins
   * with chunks, numbered 0, that make what the answer had before. Default false: only what was
   * added.
   */
  readonly isWhole?: boolean;
  readonly signal?: AbortSignal;
}

export interface StreamsApi {
  get(threadId: string, streamId: string): Promise<StreamInfo>;
  /** The newest stream that is still being written, if any. */
  active(threadId: string): Promise<StreamInfo | undefined>;
  /**
   * Replays what is stored and follows until the stream ends. Many may read at once, here and on
   * other servers. Throws `not_found` once the chunks are gone, ten minutes after the end by
   * default.
   */
  read(
    threadId: string,
    streamId: string,
    options?: StreamReadOptions,
  ): AsyncGenerator<StreamEvent, void, undefined>;
  /** Likewise, as many chunks at a time as there are: `seq` is the number of the last of them. */
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
   * Each is a commit of its own. One that is there already is returned as it is; `conflict` for
   * another with its id.
   */
  create(streams: readonly NewStream[]): Promise<Stream[]>;
  /**
   * Each is a commit of its own. Throws `precondition_failed` when `ifVersion` is stale, and
   * `conflict` when a stream that has ended would change its status.
   */
  update(updates: readonly StreamUpdate[]): Promise<Stream[]>;
  /** With their chunks, each for itself. Throws `precondition_failed` when `ifVersion` is stale. */
  delete(streams: readonly StreamKey[]): Promise<void>;
  find(stream: StreamKey): Promise<Stream | undefined>;
  /**
   * To write chunks to a stream that is active. Throws `conflict` for one that has ended, or
   * another token.
   */
  open(stream: StreamKey & { readonly resumeToken: string }): Promise<StreamProducer>;
  /** As `StreamsApi.readGroups`. */
  read(stream: StreamKey, options?: StreamReadOptions): AsyncGenerator<ChunkGroup, void, undefined>;
}
