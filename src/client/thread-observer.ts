import { backoffMs, sleep, type Backoff } from '../shared/backoff.ts';
import { SkeinError } from '../shared/error.ts';
import type { ItemListOptions, ItemPage } from '../api/item.ts';
import type { LiveEvent } from '../api/live.ts';
import type { ProjectApi } from '../api/project-api.ts';
import type { Thread } from '../api/thread.ts';
import {
  loadedFromPage,
  trimmed,
  withEvent,
  withOlderPage,
  type LoadedItems,
  type ThreadSnapshot,
} from './thread-snapshot.ts';

export interface ThreadObserverOptions {
  /** Default `current`: what people see. `context`: what the model gets. */
  readonly view?: 'current' | 'context';
  /** Items per page. Default 50, at most 1,000. */
  readonly pageSize?: number;
  /**
   * How many items to hold; beyond that, the oldest are dropped as new ones arrive. Default 2,000.
   */
  readonly itemsMax?: number;
}

/**
 * The newest items of one thread, kept up to date by the live tail. It depends on no framework;
 * `subscribe` and `getSnapshot` are what React's `useSyncExternalStore` takes.
 *
 * It works while it has subscribers: the first one starts it, the last one to leave stops it, and a
 * later one starts it again from the newest page. Snapshots are immutable, and the same object
 * until something changes.
 */
export interface ThreadObserver {
  getSnapshot(): ThreadSnapshot;
  /** Calls `listener` after every change. Returns the function that unsubscribes. */
  subscribe(listener: () => void): () => void;
  /**
   * Loads the page before the oldest item. Does nothing if there is none, or if a page is already
   * loading.
   */
  loadOlder(): Promise<void>;
  /** Starts again after `failed`. */
  retry(): void;
}

/** Observes a thread through a client or through a store's project: any `ProjectApi` will do. */
export function createThreadObserver(
  project: ProjectApi,
  threadId: string,
  options: ThreadObserverOptions = {},
): ThreadObserver {
  return new LiveThreadObserver(project, threadId, options);
}

const pageSizeMax = 1000;
const backoff: Backoff = { firstMs: 500, maxMs: 10_000 };
const initial: ThreadSnapshot = {
  status: 'idle',
  thread: undefined,
  items: [],
  hasOlder: false,
  isLoadingOlder: false,
  error: undefined,
};

/**
 * States: the snapshot's `status`. Invariants: `#run` is set exactly while there are subscribers
 * and nothing has ended or failed; only the current run changes the snapshot, so results for a
 * stopped one are dropped; `#loaded.entries` and `snapshot.items` are the same items.
 */
class LiveThreadObserver implements ThreadObserver {
  readonly #project: ProjectApi;
  readonly #threadId: string;
  readonly #view: 'current' | 'context';
  readonly #pageSize: number;
  readonly #itemsMax: number;
  readonly #listeners = new Set<() => void>();
  #snapshot = initial;
  #loaded: LoadedItems = { entries: [], olderAnchor: null };
  #run: AbortController | undefined;

  constructor(project: ProjectApi, threadId: string, options: ThreadObserverOptions) {
    const { view = 'current', pageSize = 50, itemsMax = 2000 } = options;
    this.#project = project;
    this.#threadId = threadId;
    this.#view = view;
    this.#pageSize = pageSize;
    this.#itemsMax = Math.max(itemsMax, pageSize);
  }

  readonly getSnapshot = (): ThreadSnapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    // A new wrapper, so that the same function subscribed twice counts twice.
    const entry = (): void => listener();
    this.#listeners.add(entry);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      if (this.#listeners.delete(entry) && this.#listeners.size === 0) this.#stop();
    };
  };

  readonly loadOlder = async (): Promise<void> => {
    const { olderAnchor } = this.#loaded;
    const run = this.#run;
    if (olderAnchor === null || run === undefined || this.#snapshot.isLoadingOlder) return;
    this.#publish({ isLoadingOlder: true });
    try {
      const page = await this.#list({ limit: this.#pageSize, after: olderAnchor });
      // The thread may have been reloaded meanwhile; then this page no longer fits.
      if (run === this.#run && this.#loaded.olderAnchor === olderAnchor) {
        this.#show(withOlderPage(this.#loaded, page));
      }
    } finally {
      this.#publish({ isLoadingOlder: false });
    }
  };

  readonly retry = (): void => {
    if (this.#snapshot.status === 'failed' && this.#listeners.size > 0) this.#start();
  };

  #start(): void {
    const run = new AbortController();
    this.#run = run;
    this.#publish({ status: 'loading', error: undefined });
    this.#follow(run).catch((error: unknown) => this.#fail(run, error));
  }

  #stop(): void {
    this.#run?.abort();
    this.#run = undefined;
  }

  async #follow(run: AbortController): Promise<void> {
    while (!run.signal.aborted) {
      const [thread, page] = await this.#load(run);
      if (run !== this.#run) return;
      this.#show(trimmed(loadedFromPage(page), this.#itemsMax), {
        status: 'live',
        thread,
        error: undefined,
      });
      if ((await this.#applyLive(run, page.cursor)) === 'ended') return;
    }
  }

  /** Retries until the server can be reached. Any other failure is thrown. */
  async #load(run: AbortController): Promise<[Thread, ItemPage]> {
    const limit = Math.min(Math.max(this.#pageSize, this.#loaded.entries.length), pageSizeMax);
    for (let attempt = 1; ; attempt++) {
      try {
        return await Promise.all([
          this.#project.threads.get(this.#threadId),
          this.#list({ limit }),
        ]);
      } catch (error) {
        const isTransient = error instanceof SkeinError && error.code === 'unavailable';
        if (!isTransient || run.signal.aborted) throw error;
        if (run === this.#run) this.#publish({ error });
        await sleep(backoffMs(attempt, backoff), run.signal);
      }
    }
  }

  async #applyLive(run: AbortController, after: string): Promise<'ended' | 'reload'> {
    const options = { after, view: this.#view, signal: run.signal };
    for await (const event of this.#project.threads.live(this.#threadId, options)) {
      if (run !== this.#run) return 'ended';
      if (this.#apply(event) === 'reload') return 'reload';
    }
    if (run === this.#run) {
      this.#run = undefined;
      this.#publish({ status: 'ended' });
    }
    return 'ended';
  }

  #apply(event: LiveEvent): 'applied' | 'reload' {
    const loaded = withEvent(this.#loaded, event);
    if (loaded === 'reload') return 'reload';
    const head = event.type === 'head' ? { thread: event.thread } : {};
    if (loaded === this.#loaded) this.#publish(head);
    else this.#show(trimmed(loaded, this.#itemsMax), head);
    return 'applied';
  }

  #list(options: ItemListOptions): Promise<ItemPage> {
    return this.#project.items.list(this.#threadId, {
      order: 'desc',
      view: this.#view,
      ...options,
    });
  }

  #fail(run: AbortController, error: unknown): void {
    if (run !== this.#run) return;
    this.#run = undefined;
    const known =
      error instanceof SkeinError
        ? error
        : new SkeinError('internal', 'The thread cannot be observed. See `cause`.', {
            cause: error,
          });
    this.#publish({ status: 'failed', error: known });
  }

  #show(loaded: LoadedItems, change: Partial<ThreadSnapshot> = {}): void {
    this.#loaded = loaded;
    this.#publish({
      ...change,
      items: loaded.entries.map(({ item }) => item),
      hasOlder: loaded.olderAnchor !== null,
    });
  }

  #publish(change: Partial<ThreadSnapshot>): void {
    // The compiler has checked that `change` has no other keys.
    const names = Object.keys(change) as (keyof ThreadSnapshot)[];
    if (names.every((name) => Object.is(this.#snapshot[name], change[name]))) return;
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }
}
