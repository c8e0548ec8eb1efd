/** The durations of single calls, in ms. */
export class Latencies {
  readonly #values: number[] = [];
  #sorted: Float64Array | undefined;

  record(latencyMs: number): void {
    this.#values.push(latencyMs);
    this.#sorted = undefined;
  }

  get total(): number {
    return this.#values.length;
  }

  /** The latency that a `share` (0 to 1) of all calls did not exceed, in ms. */
  percentile(share: number): number {
    if (this.total === 0) throw new RangeError('There is no percentile of nothing.');
    this.#sorted ??= Float64Array.from(this.#values).toSorted();
    return this.#sorted[Math.max(0, Math.ceil(this.total * share) - 1)]!;
  }
}
