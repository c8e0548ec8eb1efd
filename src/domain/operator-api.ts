import type { DocumentsApi } from './documents/document.ts';
import type { EdgeUpdate } from './edges/amend-edges.ts';
import type { NewEdge } from './edges/edge.ts';
import type {
  NewStream,
  Stream,
  StreamKey,
  StreamProducer,
  StreamReadOptions,
  StreamUpdate,
} from './streams/stream.ts';
import type { ChunkGroup } from './streams/stream-hub.ts';
import type { Thread } from './threads/thread.ts';

/**
 * What the operator of a store may do beyond what its callers may: no access rules apply, everything else
 * does. Never hand it to a caller. Writes are many-first: an empty array does nothing.
 *
 * Every method throws `SkeinError`; any may throw `not_found` (the thread is not there),
 * `invalid_request` and `unavailable`.
 */
export interface OperatorApi {
  readonly edges: OperatorEdgesApi;
  readonly streams: OperatorStreamsApi;
  readonly threads: OperatorThreadsApi;
  /** The documents of a project, for agents' memories. */
  documents(projectId: string): DocumentsApi;
}

export interface OperatorThreadsApi {
  /** A thread of any project, whoever owns it. */
  get(threadId: string): Promise<Thread>;
}

export interface OperatorEdgesApi {
  /** Gives edges of a thread another type, all in one commit. Those that are not there are passed over. */
  update(threadId: string, updates: readonly EdgeUpdate[]): Promise<void>;
  /** All in one commit. Those that are not there are passed over. */
  delete(threadId: string, edges: readonly NewEdge[]): Promise<void>;
}

export interface OperatorStreamsApi {
  /** Each is a commit of its own. One that is there already is returned as it is; `conflict` for another with its id. */
  create(streams: readonly NewStream[]): Promise<Stream[]>;
  /**
   * Each is a commit of its own. Throws `precondition_failed` when `ifVersion` is stale, and `conflict`
   * when a stream that has ended would change its status.
   */
  update(updates: readonly StreamUpdate[]): Promise<Stream[]>;
  /** With their chunks, each for itself. Throws `precondition_failed` when `ifVersion` is stale. */
  delete(streams: readonly StreamKey[]): Promise<void>;
  find(stream: StreamKey): Promise<Stream | undefined>;
  /** To write chunks to a stream that is active. Throws `conflict` for one that has ended, or another token. */
  open(stream: StreamKey & { readonly resumeToken: string }): Promise<StreamProducer>;
  /** As `StreamsApi.readGroups`. */
  read(stream: StreamKey, options?: StreamReadOptions): AsyncGenerator<ChunkGroup, void, undefined>;
}
