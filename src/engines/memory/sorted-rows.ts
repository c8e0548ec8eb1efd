import type { Scalar } from '../../engine/engine.ts';
import { compareToValues, type StoredRow } from './memory-schema.ts';

/** A range of rows in the order of the list. All bounds are leading values of its columns. */
export interface Range {
  readonly prefix: readonly Scalar[];
  readonly after?: readonly Scalar[] | undefined;
  readonly before?: readonly Scalar[] | undefined;
  readonly reverse?: boolean | undefined;
  readonly limit: number;
}

/** The place of a row in every list that has it: a newer state of the row takes it over. */
export interface RowSlot {
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
  readonly #chunks: RowSlot[][] = [];

  constructor(columns: readonly string[], chunkRowsMax: number) {
    this.#columns = columns;
    this.#chunkRowsMax = chunkRowsMax;
  }

  /** The row that has these values in all columns of the order. */
  get(values: readonly Scalar[]): StoredRow | undefined {
    const row = this.#at(this.#search(values, before))?.row;
    return row && compareToValues(this.#columns, row, values) === 0 ? row : undefined;
  }

  /**
   * Adds a slot, unless a row that equals its row in all columns of the order has one already.
   * Returns that one, if any.
   */
  add(slot: RowSlot): RowSlot | undefined {
    const values = this.#valuesOf(slot.row);
    const position = this.#search(values, before);
    const taken = this.#at(position);
    if (taken && compareToValues(this.#columns, taken.row, values) === 0) return taken;
    this.#insert(position, slot);
    return undefined;
  }

  /** Removes the slot of the row that equals this one in all columns of the order. */
  delete(row: StoredRow): void {
    const values = this.#valuesOf(row);
    const position = this.#search(values, before);
    const found = this.#at(position);
    if (!found || compareToValues(this.#columns, found.row, values) !== 0) return;
    const chunk = this.#chunks[position.chunk]!;
    if (chunk.length === 1) this.#chunks.splice(position.chunk, 1);
    else chunk.splice(position.offset, 1);
  }

  scan({ prefix, after, before: end, reverse, limit }: Range): StoredRow[] {
    const from = after ? this.#search([...prefix, ...after], behind) : this.#search(prefix, before);
    const to = end ? this.#search([...prefix, ...end], before) : this.#search(prefix, behind);
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

  #insert({ chunk: index, offset }: Position, slot: RowSlot): void {
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

  #insertBetween(index: number, slot: RowSlot): void {
    const previous = this.#chunks[index - 1];
    if (previous && previous.length < this.#chunkRowsMax) previous.push(slot);
    else this.#chunks.splice(index, 0, [slot]);
  }

  #valuesOf(row: StoredRow): Scalar[] {
    return this.#columns.map((column) => row[column]!); // a row in this list has them all
  }

  /** The position before or behind the rows that begin with these values. */
  #search(values: readonly Scalar[], end: SearchEnd): Position {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#isBefore(this.#chunks[middle]!.at(-1)!, values, end)) low = middle + 1;
      else high = middle;
    }
    const slots = this.#chunks[low];
    return { chunk: low, offset: slots ? this.#offsetIn(slots, values, end) : 0 };
  }

  #offsetIn(slots: readonly RowSlot[], values: readonly Scalar[], end: SearchEnd): number {
    let low = 0;
    let high = slots.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#isBefore(slots[middle]!, values, end)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isBefore({ row }: RowSlot, values: readonly Scalar[], end: SearchEnd): boolean {
    return compareToValues(this.#columns, row, values) < end;
  }

  #at({ chunk, offset }: Position): RowSlot | undefined {
    return this.#chunks[chunk]?.[offset];
  }
}

/** Which end of the rows that begin with some values: those in front of it compare less. */
type SearchEnd = typeof before | typeof behind;
const before = 0;
const behind = 1;
