import type { Run } from './element-runs.ts';

/** A set of ids that is made of runs, as large as the runs are many. */
export class IdSet {
  readonly #runs: Run[] = [];
  #isSorted = true;

  add(run: Run): void {
    this.#runs.push(run);
    this.#isSorted = false;
  }

  has(id: number): boolean {
    this.#sort();
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#runs[middle]!.last < id) low = middle + 1;
      else high = middle;
    }
    const run = this.#runs[low];
    return run !== undefined && run.first <= id;
  }

  /** Puts the runs in order and joins those that touch. */
  #sort(): void {
    if (this.#isSorted) return;
    const sorted = this.#runs.toSorted((a, b) => a.first - b.first);
    this.#runs.length = 0;
    for (const run of sorted) {
      const last = this.#runs.at(-1);
      if (last === undefined || run.first > last.last + 1) this.#runs.push(run);
      else if (run.last > last.last)
        this.#runs.splice(-1, 1, { first: last.first, last: run.last });
    }
    this.#isSorted = true;
  }
}
