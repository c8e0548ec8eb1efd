import { Column, getTableName, is, Param, SQL, StringChunk } from 'drizzle-orm';
import type { Conditions } from './conditions.ts';

/**
 * Whether one of the conditions is `eq(column, value)`. Pinned columns drop out of the row
 * comparison, so that SQLite can seek by the remaining columns. Other forms of a condition are not
 * recognised: the result stays correct, but the query is slower.
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
