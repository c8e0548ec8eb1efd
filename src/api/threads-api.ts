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
