import type { Row, Scalar, Scan, Table } from '../../engine/engine.ts';
import { assert } from '../../shared/assert.ts';
import {
  createSchema,
  fromStored,
  isSamePlace,
  toStored,
  type IndexSchema,
  type MemorySchema,
  type StoredRow,
} from './memory-schema.ts';
import { SortedRows, type RowSlot } from './sorted-rows.ts';

/** One table: its rows in key order, and for every index the same slots in that index's order. */
export class MemoryTable {
  readonly schema: MemorySchema;
  readonly #rows: SortedRows;
  readonly #indexes: ReadonlyMap<string, { schema: IndexSchema; rows: SortedRows }>;

  constructor(table: Table, chunkRowsMax: number) {
    this.schema = createSchema(table);
    this.#rows = new SortedRows(table.key, chunkRowsMax);
    this.#indexes = new Map(
      this.schema.indexes.map((schema) => {
        return [schema.name, { schema, rows: new SortedRows(schema.columns, chunkRowsMax) }];
      }),
    );
  }

  get(key: readonly Scalar[]): Row | undefined {
    const stored = this.#rows.get(key);
    return stored && fromStored(this.schema, stored);
  }

  /** One column of a row, without copying the others. */
  getColumn(key: readonly Scalar[], column: string): Scalar | undefined {
    return this.#rows.get(key)?.[column];
  }

  has(key: readonly Scalar[]): boolean {
    return this.#rows.get(key) !== undefined;
  }

  scan(scan: Scan): Row[] {
    const rows = scan.index === undefined ? this.#rows : this.#indexes.get(scan.index)?.rows;
    assert(rows, `index ${scan.index} is declared`);
    return rows.scan(scan).map((stored) => fromStored(this.schema, stored));
  }

  /** Prepares a row for `put`. It is separate because it can throw: nothing has changed then. */
  prepare(row: Row): StoredRow {
    return toStored(this.schema, row);
  }

  put(row: StoredRow): void {
    const slot = { row };
    const taken = this.#rows.add(slot);
    if (taken) this.#replace(taken, row);
    else this.#enter(slot);
  }

  /** Most rows that are replaced keep their places: then no index has anything to do. */
  #replace(slot: RowSlot, row: StoredRow): void {
    if (isSamePlace(this.schema, slot.row, row)) {
      slot.row = row;
      return;
    }
    this.#leave(slot.row);
    slot.row = row;
    this.#enter(slot);
  }

  #enter(slot: RowSlot): void {
    for (const { schema, rows } of this.#indexes.values()) {
      if (isIn(schema, slot.row)) rows.add(slot);
    }
  }

  #leave(row: StoredRow): void {
    for (const { schema, rows } of this.#indexes.values()) {
      if (isIn(schema, row)) rows.delete(row);
    }
  }

  delete(key: readonly Scalar[]): void {
    const row = this.#rows.get(key);
    if (row) this.#delete(row);
  }

  /**
   * Deletes at most `limit` rows whose key begins with `prefix`. Returns the number of rows
   * deleted.
   */
  deletePrefix(prefix: readonly Scalar[], limit: number): number {
    const rows = this.#rows.scan({ prefix, limit });
    for (const row of rows) this.#delete(row);
    return rows.length;
  }

  /** Takes the rows of a table opened before, perhaps with other indexes. */
  takeOver(other: MemoryTable): void {
    for (const row of other.#rows) this.put(row);
  }

  #delete(row: StoredRow): void {
    this.#rows.delete(row);
    this.#leave(row);
  }
}

function isIn(schema: IndexSchema, row: StoredRow): boolean {
  return schema.required.every((column) => row[column] !== undefined);
}
