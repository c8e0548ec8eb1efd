import { compareUtf8 } from '../shared/bytes.ts';
import type { Key, Row, Scalar, Table } from './engine.ts';

/**
 * Compares two keys of the same columns, or as many leading columns as both have, in the order of
 * the engine contract.
 */
export function compareKeys(a: Key, b: Key): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const order = compareScalars(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return 0;
}

function compareScalars(a: Scalar, b: Scalar): number {
  if (typeof a === 'string' && typeof b === 'string') return compareUtf8(a, b);
  return Number(a) - Number(b);
}

export function keyOf(table: Table, row: Row): Key {
  return valuesOf(row, table.key);
}

/** The values of columns that the row has and that hold scalars, such as its key. */
export function valuesOf(row: Row, columns: readonly string[]): Key {
  return columns.map((column) => row[column] as Scalar); // the caller guarantees it
}
