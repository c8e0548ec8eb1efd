import type { IdRange } from './element-list.ts';

/** A set of ids stored as ranges. Its size grows with the number of ranges. */
export class IdSet {
  readonly #ranges: IdRange[] = [];
  #isSorted = true;

  add(range: IdRange): void {
    const last = this.#ranges.at(-1);
    // Consecutive ids form one range.
    if (last && range.first === last.last + 1) {
      this.#ranges.splice(-1, 1, { first: last.first, last: range.last });
      return;
    }
    this.#ranges.push(range);
    this.#isSorted = false;
  }

  has(id: number): boolean {
    return this.hasAll({ first: id, last: id });
  }

  /** Whether the set contains every id of a range. */
  hasAll({ first, last }: IdRange): boolean {
    const range = this.#rangeFrom(first);
    return range !== undefined && range.first <= first && last <= range.last;
  }

  /** The first range that does not end before an id. */
  #rangeFrom(id: number): IdRange | undefined {
    this.#sort();
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ranges[middle]!.last < id) low = middle + 1;
      else high = middle;
    }
    return this.#ranges[low];
  }

  /** Sorts the ranges and joins adjacent ones. */
  #sort(): void {
    if (this.#isSorted) return;
    const sorted = this.#ranges.toSorted((a, b) => a.first - b.first);
    this.#ranges.length = 0;
    for (const range of sorted) {
      const last = this.#ranges.at(-1);
      if (last === undefined || range.first > last.last + 1) this.#ranges.push(range);
      else if (range.last > last.last)
        this.#ranges.splice(-1, 1, { first: last.first, last: range.last });
    }
    this.#isSorted = true;
  }
}
