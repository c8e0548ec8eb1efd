/**
 * Remembers for a while that the disk refused a write. A write that puts nothing, such as the question whether
 * the store is ready, needs hardly any space, and would succeed on a disk that has no room for an item: while
 * there is a `failure`, it fails, too. A write that changed something proves that the disk is well again. So
 * does the end of that while: if nobody wrote any more because the store is not ready, it would never be.
 */
export class DiskState {
  readonly #isDiskFailure: (error: unknown) => error is Error;
  #failure: Error | undefined;
  #failedMs = -Infinity;

  constructor(isDiskFailure: (error: unknown) => error is Error) {
    this.#isDiskFailure = isDiskFailure;
  }

  get failure(): Error | undefined {
    if (performance.now() - this.#failedMs > rememberedMs) this.#failure = undefined;
    return this.#failure;
  }

  noteChange(): void {
    this.#failure = undefined;
  }

  noteFailure(error: unknown): void {
    if (!this.#isDiskFailure(error) || error === this.#failure) return;
    this.#failure = error;
    this.#failedMs = performance.now();
  }
}

const rememberedMs = 3000;
