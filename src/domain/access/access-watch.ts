import type { ThreadId } from '../../shared/ids.ts';
import type { Core } from '../base/core.ts';

/**
 * Tells a reader that hands out what it has read when to check its access again: once the thread
 * has changed, and every second, since a hint of another process may be lost.
 */
export class AccessWatch {
  readonly release: () => void;
  #hasChanged = false;
  #checkedAtMs = performance.now();

  constructor(core: Core, threadId: ThreadId) {
    this.release = core.hints.threads.subscribe(threadId, () => (this.#hasChanged = true));
  }

  get isDue(): boolean {
    return this.#hasChanged || performance.now() - this.#checkedAtMs >= intervalMs;
  }

  /** Comes before the check, so that no change during it is missed. */
  reset(): void {
    this.#hasChanged = false;
    this.#checkedAtMs = performance.now();
  }
}

const intervalMs = 1000;
