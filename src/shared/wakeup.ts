/** Calls `ring` whenever something may have changed, until the returned function is called. */
export type RingSource = (ring: () => void) => () => void;

interface WakeupOptions {
  /** What rings. */
  readonly sources?: readonly RingSource[];
  /** Rings when it aborts. From then on nothing sleeps. */
  readonly signal?: AbortSignal | undefined;
  /** Whether Node goes on while this sleeps and nothing else is left to do. Default: true. */
  readonly keepsProcess?: boolean;
}

/**
 * Sleeps until something may have changed. Rings are hints and may be lost, so each sleep has an
 * end of its own; and a ring between `reset` and `wait` counts, so nothing that happens during a
 * look is missed.
 *
 * @example
 * const wakeup = new Wakeup({ sources: [(ring) => feed.subscribe(threadId, ring)], signal });
 * try {
 *   for (;;) {
 *     wakeup.reset();
 *     if (signal.aborted || (await look())) return;
 *     await wakeup.wait(500);
 *   }
 * } finally {
 *   wakeup.release();
 * }
 */
export class Wakeup {
  readonly #signal: AbortSignal | undefined;
  readonly #keepsProcess: boolean;
  readonly #releases: readonly (() => void)[];
  #isRung = false;
  #wake: (() => void) | undefined;

  constructor({ sources = [], signal, keepsProcess = true }: WakeupOptions = {}) {
    this.#signal = signal;
    this.#keepsProcess = keepsProcess;
    this.#releases = sources.map((source) => source(this.ring));
    signal?.addEventListener('abort', this.ring);
  }

  readonly ring = (): void => {
    this.#isRung = true;
    this.#wake?.();
  };

  /** Forgets the rings so far. Comes before the look that they were about. */
  reset(): void {
    this.#isRung = false;
  }

  /** Resolves at the next ring, at once if there was one since `reset`, or after `longestMs`. */
  wait(longestMs: number): Promise<void> {
    if (this.#isRung || this.#signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(wake, longestMs);
      if (!this.#keepsProcess) timer.unref?.();
      this.#wake = wake;
    });
  }

  /** Leaves the sources and the signal, and wakes who waits. */
  release(): void {
    for (const release of this.#releases) release();
    this.#signal?.removeEventListener('abort', this.ring);
    this.ring();
  }
}
