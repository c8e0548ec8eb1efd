import type { StoredThreadId } from '../../shared/ids.ts';
import { threads } from '../../records/tables.ts';
import type { Core } from '../base/core.ts';
import { perStore } from '../base/per-store.ts';
import { RowWatch } from '../base/row-watch.ts';

interface AccessWatchOptions {
  /** The version of the head that the reader has taken into account. */
  readonly versionSeen: () => number;
  /** Wakes the reader when a head was found that it has not seen. */
  readonly ring: () => void;
}

/**
 * Tells a reader that hands out what it has read when to check its access again: once the thread
 * has changed, and every second. It finds changes of other processes whose hints were lost, too.
 */
export class AccessWatch {
  readonly #releases: readonly (() => void)[];
  #hasChanged = false;
  #checkedAtMs = performance.now();

  constructor(core: Core, threadId: StoredThreadId, { versionSeen, ring }: AccessWatchOptions) {
    const onHint = (): void => void (this.#hasChanged = true);
    this.#releases = [
      core.hints.threads.subscribe(threadId, onHint),
      headsOf(core).watch(threadId, (head) => {
        if (head && head.deletedAt === undefined && head.version <= versionSeen()) return;
        this.#hasChanged = true;
        ring();
      }),
    ];
  }

  get isDue(): boolean {
    return this.#hasChanged || performance.now() - this.#checkedAtMs >= intervalMs;
  }

  /** Comes before the check, so that no change during it is missed. */
  reset(): void {
    this.#hasChanged = false;
    this.#checkedAtMs = performance.now();
  }

  release(): void {
    for (const release of this.#releases) release();
  }
}

const intervalMs = 1000;

/**
 * The heads of all threads that are followed: one look serves all who follow the same thread. Who
 * has lost access elsewhere must be told within a second.
 */
const headsOf = perStore(
  (core) =>
    new RowWatch(core, {
      table: threads,
      keyOf: ({ id }) => id,
      rowsMax: 200, // a head may have 64 KiB of metadata
      intervalMs: 800,
    }),
);
