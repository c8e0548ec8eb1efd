import type { Graph } from './edge.ts';
import type { LiveEvent, LiveOptions } from './live.ts';
import type { Page } from './page.ts';
import type {
  ForkInput,
  ForkListOptions,
  NewThread,
  Thread,
  ThreadListOptions,
  ThreadUpdate,
} from './thread.ts';
import type { Outcome, WriteOptions } from './write-options.ts';

export interface ThreadsApi {
  /**
   * Each thread is a commit of its own. Throws `conflict` if an id is in use with other content.
   */
  create(threads: readonly NewThread[], options?: WriteOptions): Promise<Thread[]>;
  createWithOutcome(thread: NewThread, options?: WriteOptions): Promise<Outcome<Thread>>;
  get(threadId: string): Promise<Thread>;
  /** Most recent first, to the second; ties are ordered by id. */
  list(options?: ThreadListOptions): Promise<Page<Thread>>;
  /** Throws `precondition_failed` if `ifVersion` is stale. */
  update(updates: readonly ThreadUpdate[]): Promise<Thread[]>;
  /** Forks of a deleted thread keep what they inherited. */
  delete(threadIds: readonly string[], options?: { readonly ifVersion?: number }): Promise<void>;
  fork(forks: readonly ForkInput[], options?: WriteOptions): Promise<Thread[]>;
  forkWithOutcome(fork: ForkInput, options?: WriteOptions): Promise<Outcome<Thread>>;
  /** The threads that branch off this one's log, by fork point. */
  forks(threadId: string, options?: ForkListOptions): Promise<Page<Thread>>;
  /** Ends when `signal` aborts, the thread is deleted or the caller loses access. */
  live(threadId: string, options?: LiveOptions): AsyncGenerator<LiveEvent, void, undefined>;
  /**
   * The spans of the thread or of one of its runs, ordered by their first item, and the edges
   * between them. A run without spans counts as one. If there are more than 10,000 items, the
   * oldest are used.
   */
  graph(threadId: string, options?: { readonly runId?: string }): Promise<Graph>;
}
