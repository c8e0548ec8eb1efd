import type { Scalar } from '../../engine/engine.ts';
import { compareRows, compareToValues, type StoredRow } from './memory-schema.ts';

/** A range of rows in the order of the list. All bounds are leading values of its columns. */
export interface Range {
  readonly prefix: readonly Scalar[];
  readonly after?: readonly Scalar[] | undefined;
  readonly before?: readonly Scalar[] | undefined;
  readonly reverse?: boolean | undefined;
  readonly limit: number;
}

/** The place of a row in every list that has it: a newer state of the row takes it over. */
export interface Slot {
  row: StoredRow;
}

/**
 * A position in the list: before the row at `offset` of a chunk. The end is (number of chunks, 0).
 */
interface Position {
  readonly chunk: number;
  readonly offset: number;
}

/**
 * Rows sorted by some columns, no two equal in all of them, in chunks of bounded size: finding
 * takes two binary searches, inserting moves at most one chunk's rows.
 *
 * Invariants: no chunk is empty; rows rise within a chunk and from chunk to chunk. A row at the end
 * of a chunk is appended to it, or begins a new chunk. So a thread that only grows at its end costs
 * O(1) per insertion and leaves full chunks behind.
 */
export class SortedRows {
  readonly #columns: readonly string[];
  readonly #chunkRowsMax: number;
  readonly #chunks: Slot[][] = [];

  constructor(columns: readonly string[], chunkRowsMax: number) {
    this.#columns = columns;
    this.#chunkRowsMax = chunkRowsMax;
  }

  /** The row that has these values in all columns of the order. */
  get(values: readonly Scalar[]): StoredRow | undefined {
    const row = this.#at(this.#lowerBound(values))?.row;
    return row && compareToValues(this.#columns, row, values) === 0 ? row : undefined;
  }

  /**
   * Adds a slot, unless a row that equals its row in all columns of the order has one already.
   * Returns that one, if any.
   */
  add(slot: Slot): Slot | undefined {
    const position = this.#positionOf(slot.row);
    const taken = this.#at(position);
    if (taken && compareRows(this.#columns, taken.row, slot.row) === 0) return taken;
    this.#insert(position, slot);
    return undefined;
  }

  /** Removes the slot of the row that equals this one in all columns of the order. */
  delete(row: StoredRow): void {
    const position = this.#positionOf(row);
    const found = this.#at(position);
    if (!found || compareRows(this.#columns, found.row, row) !== 0) return;
    const chunk = this.#chunks[position.chunk]!;
    if (chunk.length === 1) this.#chunks.splice(position.chunk, 1);
    else chunk.splice(position.offset, 1);
  }

  scan({ prefix, after, before, reverse, limit }: Range): StoredRow[] {
    const from = after ? this.#upperBound([...prefix, ...after]) : this.#lowerBound(prefix);
    const to = before ? this.#lowerBound([...prefix, ...before]) : this.#upperBound(prefix);
    return reverse ? this.#takeDown(from, to, limit) : this.#takeUp(from, to, limit);
  }

  *[Symbol.iterator](): Generator<StoredRow> {
    for (const chunk of this.#chunks) {
      for (const { row } of chunk) yield row;
    }
  }

  #takeUp(from: Position, to: Position, limit: number): StoredRow[] {
    const rows: StoredRow[] = [];
    for (let i = from.chunk; i <= to.chunk && i < this.#chunks.length; i++) {
      const chunk = this.#chunks[i]!;
      const start = i === from.chunk ? from.offset : 0;
      const end = i === to.chunk ? to.offset : chunk.length;
      for (let j = start; j < end; j++) {
        if (rows.length === limit) return rows;
        rows.push(chunk[j]!.row);
      }
    }
    return rows;
  }

  #takeDown(from: Position, to: Position, limit: number): StoredRow[] {
    const rows: StoredRow[] = [];
    for (let i = Math.min(to.chunk, this.#chunks.length - 1); i >= from.chunk; i--) {
      const chunk = this.#chunks[i]!;
      const start = i === from.chunk ? from.offset : 0;
      const end = i === to.chunk ? to.offset : chunk.length;
      for (let j = end - 1; j >= start; j--) {
        if (rows.length === limit) return rows;
        rows.push(chunk[j]!.row);
      }
    }
    return rows;
  }

  #insert({ chunk: index, offset }: Position, slot: Slot): void {
    if (offset === 0) return this.#insertBetween(index, slot);
    const chunk = this.#chunks[index]!;
    if (chunk.length < this.#chunkRowsMax) {
      chunk.splice(offset, 0, slot);
      return;
    }
    const half = chunk.length >> 1;
    const upper = chunk.splice(half);
    this.#chunks.splice(index + 1, 0, upper);
    if (offset <= half) chunk.splice(offset, 0, slot);
    else upper.splice(offset - half, 0, slot);
  }

  #insertBetween(index: number, slot: Slot): void {
    const previous = this.#chunks[index - 1];
    if (previous && previous.length < this.#chunkRowsMax) previous.push(slot);
    else this.#chunks.splice(index, 0, [slot]);
  }

  #positionOf(row: StoredRow): Position {
    return this.#search((other) => compareRows(this.#columns, other, row) < 0);
  }

  /** Before the first row that begins with these values or comes after such rows. */
  #lowerBound(values: readonly Scalar[]): Position {
    return this.#search((row) => compareToValues(this.#columns, row, values) < 0);
  }

  /** After the last row that begins with these values or comes before such rows. */
  #upperBound(values: readonly Scalar[]): Position {
    return this.#search((row) => compareToValues(this.#columns, row, values) <= 0);
  }

  /**
   * The position of the first row for which `isBefore` is false. It must be true for all rows
   * before a point and false for all after.
   */
  #search(isBefore: (row: StoredRow) => boolean): Position {
    const chunk = countWhile(this.#chunks, (slots) => isBefore(slots.at(-1)!.row));
    const slots = this.#chunks[chunk];
    return { chunk, offset: slots ? countWhile(slots, ({ row }) => isBefore(row)) : 0 };
  }

  #at({ chunk, offset }: Position): Slot | undefined {
    return this.#chunks[chunk]?.[offset];
  }
}

/**
 * The number of leading elements for which a condition holds, by binary search: the condition must
 * not hold again after its first failure.
 */
function countWhile<T>(list: readonly T[], holds: (element: T) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(list[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
