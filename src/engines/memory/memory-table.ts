import type { Row, Scalar, Scan, Table } from '../../engine/engine.ts';
import { assert } from '../../shared/assert.ts';
import {
  compareRows,
  createSchema,
  fromStored,
  toStored,
  type IndexSchema,
  type MemorySchema,
  type StoredRow,
} from './memory-schema.ts';
import { SortedRows } from './sorted-rows.ts';

/** One table: its rows in key order, and for every index the same rows in that index's order. */
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
    const replaced = this.#rows.put(row);
    for (const { schema, rows } of this.#indexes.values()) {
      const isMoved = replaced && isIn(schema, replaced) && !isSamePlace(schema, replaced, row);
      if (isMoved) rows.delete(replaced);
      if (isIn(schema, row)) rows.put(row);
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
    for (const { schema, rows } of this.#indexes.values()) {
      if (isIn(schema, row)) rows.delete(row);
    }
  }
}

function isIn(schema: IndexSchema, row: StoredRow): boolean {
  return schema.required.every((column) => row[column] !== undefined);
}

function isSamePlace(schema: IndexSchema, a: StoredRow, b: StoredRow): boolean {
  return isIn(schema, b) && compareRows(schema.columns, a, b) === 0;
}
