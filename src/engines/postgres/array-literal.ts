import type { SqlValue } from '../sql/sql-dialect.ts';

/**
 * Values as the text of a PostgreSQL array. The type that the statement names decides how the
 * server reads them.
 */
export function arrayLiteral(values: readonly SqlValue[]): string {
  let text = '{';
  for (let i = 0; i < values.length; i++) {
    if (i > 0) text += ',';
    text += elementOf(values[i]!);
  }
  return `${text}}`;
}

function elementOf(value: SqlValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'number') return String(value);
  return special.test(value) ? `"${value.replaceAll(eachSpecial, '\\$&')}"` : `"${value}"`;
}

const special = /["\\]/;
const eachSpecial = /["\\]/g;
