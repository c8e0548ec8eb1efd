import { requiredColumns, scanColumns } from '../../engine/checks.ts';
import type { Row, Scalar, Table, Value } from '../../engine/engine.ts';
import { compareUtf8 } from '../../shared/bytes.ts';

/**
 * A row as the engine keeps it: scalars as they are, JSON columns as JSON text. The text keeps the
 * engine from sharing JSON values with callers, and preserves a key `__proto__`.
 */
export type StoredRow = { readonly [column: string]: Scalar | undefined };

/** Facts about a table that the engine computes once. */
export interface MemorySchema {
  readonly table: Table;
  readonly jsonColumns: readonly string[];
  readonly indexes: readonly IndexSchema[];
  /** The columns on which the place of a row in any index depends. */
  readonly placing: readonly string[];
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
    placing: [...new Set(table.indexes.flatMap(requiredColumns))],
  };
}

/** A copy of the row's own shape: adding the columns one by one would take ten times as long. */
export function toStored({ jsonColumns }: MemorySchema, row: Row): StoredRow {
  const stored: Record<string, Value | undefined> = { ...row };
  for (const name of jsonColumns) {
    const value = stored[name];
    if (value !== undefined) stored[name] = JSON.stringify(value);
  }
  return stored as StoredRow; // the wrapper has checked that the other columns hold scalars
}

export function fromStored(schema: MemorySchema, stored: StoredRow): Row {
  const row: Record<string, Value | undefined> = { ...stored };
  for (const name of schema.jsonColumns) {
    const text = stored[name];
    if (typeof text === 'string') row[name] = JSON.parse(text) as Value; // toStored wrote it
  }
  return row;
}

/** Whether two states of a row stand at the same place in every index. */
export function isSamePlace({ placing }: MemorySchema, a: StoredRow, b: StoredRow): boolean {
  for (const column of placing) {
    if (a[column] !== b[column]) return false;
  }
  return true;
}

/**
 * Compares the leading columns of a row with as many values: an integer, zero for every row that
 * begins with them.
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
