/**
 * Collects entries and keeps the first `size` in order; among equal ones, the earliest added. It
 * holds no more than it returns.
 */
export class TopList<T> {
  readonly #entries: T[] = [];
  readonly #lengthMax: number;
  readonly #compare: (a: T, b: T) => number;

  constructor(lengthMax: number, compare: (a: T, b: T) => number) {
    this.#lengthMax = lengthMax;
    this.#compare = compare;
  }

  get entries(): readonly T[] {
    return this.#entries;
  }

  add(entry: T): void {
    const at = this.#positionOf(entry);
    if (at >= this.#lengthMax) return;
    this.#entries.splice(at, 0, entry);
    if (this.#entries.length > this.#lengthMax) this.#entries.pop();
  }

  /** Whether it contains an entry that compares as equal. */
  has(entry: T): boolean {
    const before = this.#entries[this.#positionOf(entry) - 1];
    return before !== undefined && this.#compare(before, entry) === 0;
  }

  /** The position after all entries that do not sort after it. */
  #positionOf(entry: T): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(this.#entries[middle]!, entry) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
