/**
 * The nouns and verbs of Skein, the same in process (`skein`) and over HTTP (`skein/client`). Writes
 * are many-first: they take and return arrays, an empty array does nothing. Reads are bounded.
 *
 * Every method throws `SkeinError`; besides the codes named, any may throw `not_found` (the thread is
 * not there, or the caller may not know of it), `forbidden`, `unauthenticated`, `invalid_request` and
 * `unavailable`.
 */
import type { JsonObject } from '../shared/json.ts';
import type { CheckpointsApi } from './checkpoints/checkpoint.ts';
import type { ComparisonsApi } from './comparisons/comparison.ts';
import type { ConversationsApi } from './threads/conversation.ts';
import type { Edge, EdgeType, Graph, NewEdge } from './edges/edge.ts';
import type { Item, ItemVisibility, NewItem } from './items/item.ts';
import type { ModelsApi } from './models/model.ts';
import type { RunsApi } from './runs/run.ts';
import type { StreamsApi } from './streams/stream.ts';
import type { LiveEvent } from './live/live-event.ts';
import type {
  NewThread,
  Thread,
  ThreadMode,
  ThreadUpdate,
  ThreadVisibility,
} from './threads/thread.ts';

export interface Page<T> {
  readonly data: readonly T[];
  /** Give it as `after` for the page that follows; `null` means the end, also after a short or empty page. */
  readonly nextCursor: string | null;
  /** Give it as `before` for the page before this one. */
  readonly prevCursor: string | null;
}

export interface ItemPage extends Page<Item> {
  /** Where `threads.live` continues without missing anything that this page could not show yet. */
  readonly cursor: string;
}

export interface PageOptions {
  /** Default 50, 1 to 1,000. */
  readonly limit?: number;
  /** A cursor, in the order of the list. For items also an item id. */
  readonly after?: string;
  readonly before?: string;
}

export interface WriteOptions {
  /** Makes the whole call idempotent for 24 hours: 1 to 128 characters. */
  readonly idempotencyKey?: string;
  /** Stored with what is written. Default: a new UUID. */
  readonly requestId?: string;
}

/** What a write that may be a retry did. */
export interface Outcome<T> {
  readonly data: T;
  /** Everything was there already: nothing was written. */
  readonly replayed: boolean;
}

export interface ThreadListOptions extends PageOptions {
  /** Both or neither. */
  readonly scopeType?: string;
  readonly scopeId?: string;
  readonly tag?: string;
  /** `public`: the public threads of everybody in the project. */
  readonly visibility?: ThreadVisibility;
  /** Default false: archived threads have a list of their own. */
  readonly archived?: boolean;
  /** Threads that the caller takes part in; its own until participants exist. */
  readonly participating?: boolean;
}

export interface ItemListOptions extends PageOptions {
  /** Default `asc`. With neither cursor, `desc` begins with the newest. */
  readonly order?: 'asc' | 'desc';
  /** `current` (default): what people see; `log`: every row; `context`: what the model gets. */
  readonly view?: 'current' | 'log' | 'context';
  readonly runId?: string;
  readonly spanId?: string;
  readonly parentId?: string;
  /** The item with this client key, in the view `log`. */
  readonly key?: string;
}

export interface EdgeListOptions extends PageOptions {
  readonly fromItemId?: string;
  readonly toItemId?: string;
}

export interface ForkListOptions extends PageOptions {
  /** Only the forks made at this item. */
  readonly itemId?: string;
}

export interface LiveOptions {
  /** A cursor of an earlier event or of an item page. Default: from now on. */
  readonly after?: string;
  /** As in a list. Default `current`. */
  readonly view?: 'current' | 'log' | 'context';
  readonly signal?: AbortSignal;
}

export interface ScopeInput {
  readonly scopeType: string;
  readonly scopeId: string;
  readonly mode?: ThreadMode;
  readonly title?: string;
  readonly visibility?: ThreadVisibility;
  readonly tags?: readonly string[];
  readonly metadata?: JsonObject;
}

export interface ForkInput {
  readonly threadId: string;
  /** The last item to inherit. Default: the newest. */
  readonly atItemId?: string;
}

export interface ThreadsApi {
  /** Each thread is a commit of its own. Throws `conflict` for an id in use with other content. */
  create(threads: readonly NewThread[], options?: WriteOptions): Promise<Thread[]>;
  createWithOutcome(thread: NewThread, options?: WriteOptions): Promise<Outcome<Thread>>;
  get(threadId: string): Promise<Thread>;
  /** Most recent first, to the second; ties by id. */
  list(options?: ThreadListOptions): Promise<Page<Thread>>;
  /** Throws `precondition_failed` when `ifVersion` is stale. */
  update(updates: readonly ThreadUpdate[]): Promise<Thread[]>;
  /** Forks of a deleted thread keep what they inherited. */
  delete(threadIds: readonly string[], options?: { readonly ifVersion?: number }): Promise<void>;
  fork(forks: readonly ForkInput[], options?: WriteOptions): Promise<Thread[]>;
  forkWithOutcome(fork: ForkInput, options?: WriteOptions): Promise<Outcome<Thread>>;
  /** The threads that branch off this one's log, by fork point. */
  forks(threadId: string, options?: ForkListOptions): Promise<Page<Thread>>;
  /** Ends when `signal` aborts, the thread is deleted or access ends. */
  live(threadId: string, options?: LiveOptions): AsyncGenerator<LiveEvent, void, undefined>;
  /**
   * The spans of the thread, or of one of its runs, by their first item, and the item edges between
   * them. A run that names no span is one itself. Of more than 10,000 items the oldest are taken.
   */
  graph(threadId: string, options?: { readonly runId?: string }): Promise<Graph>;
}

export interface ItemsApi {
  /** All in one commit. Throws `key_conflict` for a key in use with other content. */
  append(threadId: string, items: readonly NewItem[], options?: WriteOptions): Promise<Item[]>;
  appendWithOutcome(
    threadId: string,
    items: readonly NewItem[],
    options?: WriteOptions,
  ): Promise<Outcome<Item[]>>;
  list(threadId: string, options?: ItemListOptions): Promise<ItemPage>;
  get(threadId: string, itemId: string): Promise<Item>;
  update(
    threadId: string,
    updates: readonly { readonly id: string; readonly visibility: ItemVisibility }[],
  ): Promise<Item[]>;
  /** Removes the parts of the items and of all their revisions, for good. */
  redact(threadId: string, itemIds: readonly string[]): Promise<Item[]>;
}

export interface EdgesApi {
  /** An edge that exists already is returned as it is. */
  create(threadId: string, edges: readonly NewEdge[], options?: WriteOptions): Promise<Edge[]>;
  createWithOutcome(
    threadId: string,
    edges: readonly NewEdge[],
    options?: WriteOptions,
  ): Promise<Outcome<Edge[]>>;
  list(threadId: string, options?: EdgeListOptions): Promise<Page<Edge>>;
}

export interface ScopesApi {
  /** The one primary thread of each scope, made if there is none; `created` says which. */
  getOrCreate(scopes: readonly ScopeInput[], options?: WriteOptions): Promise<Thread[]>;
  getOrCreateWithOutcome(scope: ScopeInput, options?: WriteOptions): Promise<Outcome<Thread>>;
}

/** Everything that one caller may do in one project. */
export interface ProjectApi {
  readonly threads: ThreadsApi;
  readonly items: ItemsApi;
  readonly edges: EdgesApi;
  readonly scopes: ScopesApi;
  readonly runs: RunsApi;
  readonly streams: StreamsApi;
  readonly comparisons: ComparisonsApi;
  readonly models: ModelsApi;
}

/** What a caller may do besides where the store is in the same process. */
export interface StoreProjectApi extends ProjectApi {
  readonly conversations: ConversationsApi;
  readonly checkpoints: CheckpointsApi;
}

export type { EdgeType };
