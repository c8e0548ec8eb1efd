import { requiredColumns, scanColumns } from '../../engine/checks.ts';
import type { Row, Scalar, Table, Value } from '../../engine/engine.ts';
import { compareUtf8 } from '../../shared/bytes.ts';

/**
 * A row as the engine keeps it: scalars as they are, JSON columns as JSON text, absent columns
 * missing. The text keeps the engine from sharing JSON values with callers, and preserves a key
 * `__proto__`.
 */
export type StoredRow = { readonly [column: string]: Scalar | undefined };

/** Facts about a table that the engine computes once. */
export interface MemorySchema {
  readonly table: Table;
  readonly jsonColumns: readonly string[];
  readonly indexes: readonly IndexSchema[];
}

export interface IndexSchema {
  readonly name: string;
  /** The columns that a row needs to be in the index. */
  readonly required: readonly string[];
  /** All columns that order the index. */
  readonly columns: readonly string[];
}

export function createSchema(table: Table): MemorySchema {
  const names = Object.keys(table.columns);
  return {
    table,
    jsonColumns: names.filter((name) => table.columns[name]?.type === 'json'),
    indexes: table.indexes.map((index) => ({
      name: index.name,
      required: requiredColumns(index),
      columns: scanColumns(table, index.name),
    })),
  };
}

export function toStored(schema: MemorySchema, row: Row): StoredRow {
  const stored: Record<string, Scalar> = {};
  for (const name in row) {
    const value = row[name];
    if (value === undefined) continue;
    stored[name] = schema.jsonColumns.includes(name) ? JSON.stringify(value) : asScalar(value);
  }
  return stored;
}

export function fromStored(schema: MemorySchema, stored: StoredRow): Row {
  const row: Record<string, Value | undefined> = { ...stored };
  for (const name of schema.jsonColumns) {
    const text = stored[name];
    if (typeof text === 'string') row[name] = JSON.parse(text) as Value; // toStored wrote it
  }
  return row;
}

/**
 * Compares two rows by these columns, which both have. Returns a negative number, zero or a
 * positive number.
 */
export function compareRows(columns: readonly string[], a: StoredRow, b: StoredRow): number {
  for (const column of columns) {
    const order = compareScalars(a[column]!, b[column]!);
    if (order !== 0) return order;
  }
  return 0;
}

/**
 * Compares the leading columns of a row with as many values: zero for every row that begins with
 * them.
 */
export function compareToValues(
  columns: readonly string[],
  row: StoredRow,
  values: readonly Scalar[],
): number {
  for (let i = 0; i < values.length; i++) {
    const order = compareScalars(row[columns[i]!]!, values[i]!);
    if (order !== 0) return order;
  }
  return 0;
}

function compareScalars(a: Scalar, b: Scalar): number {
  if (typeof a === 'string' && typeof b === 'string') return compareUtf8(a, b);
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function asScalar(value: Value): Scalar {
  if (typeof value === 'object') throw new TypeError('Only a JSON column holds an object.');
  return value;
}
