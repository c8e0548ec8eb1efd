import { Column, getTableName, is, Param, SQL, StringChunk } from 'drizzle-orm';
import type { Conditions } from './conditions.ts';

/**
 * Whether one of the conditions is `eq(column, value)`. SQLite finds its way behind a row by the columns
 * that are left, once those that cannot differ are out of the comparison. A condition of another form is
 * not recognised, which costs time and nothing else.
 */
export function isPinned(conditions: Conditions, column: Column, value: unknown): boolean {
  return conditions.some((condition) => {
    if (!is(condition, SQL) || condition.queryChunks.length !== 5) return false;
    const [before, left, operator, right, behind] = condition.queryChunks;
    return (
      textOf(before) === '' &&
      is(left, Column) &&
      left.name === column.name &&
      getTableName(left.table) === getTableName(column.table) &&
      textOf(operator) === ' = ' &&
      is(right, Param) &&
      right.value === value &&
      textOf(behind) === ''
    );
  });
}

function textOf(chunk: unknown): string | undefined {
  return is(chunk, StringChunk) ? chunk.value.join('') : undefined;
}
