/**
 * The first so many of all entries that are added, in order; of equal ones, those that came first.
 * It holds no more than it gives back.
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

  /** Whether an entry that compares as equal is among them. */
  has(entry: T): boolean {
    const before = this.#entries[this.#positionOf(entry) - 1];
    return before !== undefined && this.#compare(before, entry) === 0;
  }

  /** Behind all that do not come after it. */
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
