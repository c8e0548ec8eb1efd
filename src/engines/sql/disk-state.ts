/**
 * Remembers for a while that the disk refused a write. A write that puts nothing, such as a check
 * of readiness, needs hardly any space and would succeed on a disk without room for an item. So
 * while there is a `failure`, such a write fails, too. A successful write that changes something
 * proves that the disk works again. The `failure` also expires: otherwise a store that gets no
 * writes because it is not ready would never become ready.
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
