import type { Graph } from './edge.ts';
import type { LiveEvent, LiveOptions, Typing } from './live.ts';
import type { Page } from './page.ts';
import type { ThreadEntry } from './reading-state.ts';
import type {
  ForkInput,
  ForkListOptions,
  NewThread,
  Thread,
  ThreadListOptions,
  ThreadUpdate,
} from './thread.ts';
import type { Outcome, ThreadWriteOptions, WriteOptions } from './write-options.ts';

export interface ThreadsApi {
  /**
   * Creates threads, each in a commit of its own with its first items. Throws `conflict` if an id
   * is in use with other content.
   *
   * @example
   * const [thread] = await project.threads.create([{ title: 'Support', tags: ['billing'] }]);
   */
  create(threads: readonly NewThread[], options?: WriteOptions): Promise<Thread[]>;
  /** Like `create` for one thread; the outcome tells a retry from a new thread. */
  createWithOutcome(thread: NewThread, options?: WriteOptions): Promise<Outcome<Thread>>;
  get(threadId: string): Promise<Thread>;
  /** Those that changed last first, or by creation: see `ThreadOrder`. */
  list(options?: ThreadListOptions): Promise<Page<ThreadEntry>>;
  /**
   * Changes threads, each in a commit of its own; absent fields stay as they are. Throws
   * `precondition_failed` if `ifVersion` is stale.
   */
  update(updates: readonly ThreadUpdate[]): Promise<Thread[]>;
  /**
   * Deletes threads permanently. Their forks keep what they inherited. Throws
   * `precondition_failed` if `ifVersion` is stale.
   */
  delete(threadIds: readonly string[], options?: { readonly ifVersion?: number }): Promise<void>;
  /**
   * Creates threads that share the items of another up to a given one. The cost does not depend on
   * the number of items. Throws `precondition_failed` if `ifVersion` is stale for what it forks.
   */
  fork(forks: readonly ForkInput[], options?: ThreadWriteOptions): Promise<Thread[]>;
  forkWithOutcome(fork: ForkInput, options?: ThreadWriteOptions): Promise<Outcome<Thread>>;
  /** The threads that branch off this one's log, by fork point. */
  forks(threadId: string, options?: ForkListOptions): Promise<Page<Thread>>;
  /**
   * Follows a thread, from now on or after a cursor. Ends when `signal` aborts, the thread is
   * deleted or the caller loses access.
   *
   * @example
   * const { cursor: after } = await project.items.list(thread.id);
   * for await (const event of project.threads.live(thread.id, { after })) console.log(event.type);
   */
  live(threadId: string, options?: LiveOptions): AsyncGenerator<LiveEvent, void, undefined>;
  /**
   * Those who follow the thread in a channel see for a few seconds that the caller types, or with
   * `on: false` no longer. For those who may write. Nothing is stored.
   *
   * @example
   * await project.threads.typing(thread.id);
   */
  typing(threadId: string, typing?: Typing): Promise<void>;
  /**
   * The spans of the thread or of one of its runs, ordered by their first item, and the edges
   * between them. A run without spans counts as one. If there are more than 10,000 items, the
   * oldest are used.
   */
  graph(threadId: string, options?: { readonly runId?: string }): Promise<Graph>;
}
