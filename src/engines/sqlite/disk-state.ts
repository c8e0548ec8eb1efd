import { isDiskFailure } from './sqlite-errors.ts';
import type { WriteOutcome } from './write-group.ts';

/**
 * Remembers for a while that the disk refused a write. A write that changes nothing, such as the question
 * whether the store is ready, needs hardly any space, and would succeed on a disk that has no room for an
 * item: meanwhile it fails, too. A write that changed something proves that the disk is well again. So does
 * the end of that while: if nobody wrote any more because the store is not ready, it would never be.
 */
export class DiskState {
  #failure: Error | undefined;
  #failedMs = -Infinity;

  /** Throws the failure that is remembered, unless these writes prove that it is over. */
  noteSuccess(outcomes: readonly WriteOutcome[]): void {
    if (this.#failure === undefined) return;
    const hasChanged = outcomes.some((outcome) => outcome !== 'conflict' && outcome > 0);
    const isConflict = outcomes.includes('conflict');
    if (hasChanged || performance.now() - this.#failedMs > rememberedMs) this.#failure = undefined;
    else if (!isConflict) throw this.#failure;
  }

  noteFailure(error: unknown): void {
    if (!isDiskFailure(error) || error === this.#failure) return;
    this.#failure = error;
    this.#failedMs = performance.now();
  }
}

const rememberedMs = 3000;
