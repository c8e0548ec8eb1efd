import {
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  isNotNull,
  isNull,
  sql,
  Column,
  SQL,
  type Table,
  getTableName,
  is,
  Param,
  StringChunk,
} from 'drizzle-orm';
import { invalid } from '../shared/error.ts';
import type { Database, Conditions } from './database.ts';
import { keyColumns, type ModelName, type RecordOf } from './records.ts';

export interface SelectOptions<Name extends ModelName> {
  /** The most rows to return: 1 to 1,000. Default 1,000. */
  readonly limit?: number;
  /**
   * The columns to order by, before those of the key. Default: the key alone, which for items is
   * the order of the log. Rows without a value in one of these columns are left out.
   */
  readonly orderBy?: readonly OrderColumn<Name>[];
  /** Default `asc`. */
  readonly order?: 'asc' | 'desc';
  /** Only rows after this one in the order: the last row of the previous page. */
  readonly after?: Partial<RecordOf<Name>> | undefined;
}

/** The columns that can order rows: all but JSON. */
export type OrderColumn<Name extends ModelName> = {
  [Column in keyof RecordOf<Name> & string]: NonNullable<RecordOf<Name>[Column]> extends
    | string
    | number
    | boolean
    | Date
    ? Column
    : never;
}[keyof RecordOf<Name> & string];

export const rowsMax = 1000;

/** One page of rows, without those of deleted threads. */
export async function selectRows<Name extends ModelName>(
  db: Database,
  name: Name,
  conditions: Conditions,
  options: SelectOptions<Name> = {},
): Promise<RecordOf<Name>[]> {
  const fields = getTableColumns<Table>(db.tables[name]);
  const rows = await runSelect({ db, name, conditions }, fields, options);
  return rows as RecordOf<Name>[]; // the query selects all columns of the table
}

/** The rows of a table that meet the conditions. */
export interface Matching<Name extends ModelName> {
  readonly db: Database;
  readonly name: Name;
  readonly conditions: Conditions;
}

/** Like `selectRows`, with the given columns of the table and of `threads`. */
export async function runSelect<Name extends ModelName>(
  { db, name, conditions }: Matching<Name>,
  fields: Readonly<Record<string, Column>>,
  options: SelectOptions<Name>,
): Promise<unknown[]> {
  if (!Array.isArray(conditions)) throw new TypeError('Conditions must be an array.');
  const { threads } = db.tables;
  const table: Table = db.tables[name];
  const order = orderOf(name, table, options);
  const direction = options.order === 'desc' ? desc : asc;
  const where = and(
    ...conditions,
    isNull(threads.deletedAt),
    ...order.filter(({ notNull }) => !notNull).map((column) => isNotNull(column)),
    options.after && comesAfter(order, options.after, conditions, options.order),
  );
  const query = asSelecting(db).select(fields).from(table);
  const joined =
    name === 'threads'
      ? query
      : query.innerJoin(threads, eq(threads.id, getTableColumns(table).threadId!));
  return joined
    .where(where)
    .orderBy(...order.map((column) => direction(column)))
    .limit(mustRowLimit(options.limit, rowsMax));
}

/** The part of a query builder that both dialects share. */
interface Selecting {
  select(fields: Readonly<Record<string, Column>>): { from(table: Table): Query };
}

interface Query extends PromiseLike<unknown[]> {
  innerJoin(table: Table, on: SQL): Query;
  where(condition: SQL | undefined): Query;
  orderBy(...columns: SQL[]): Query;
  limit(limit: number): Query;
}

/** Both dialects build queries in the same way; only their types differ. */
function asSelecting({ drizzle }: Database): Selecting {
  return drizzle as unknown as Selecting;
}

/** `orderBy`, then the rest of the key, so that the order is total. */
function orderOf<Name extends ModelName>(
  name: Name,
  table: Table,
  { orderBy = [], order = 'asc' }: SelectOptions<Name>,
): Column[] {
  if (order !== 'asc' && order !== 'desc') throw invalid('order', 'must be asc or desc');
  if (!Array.isArray(orderBy)) throw invalid('orderBy', 'must be an array of columns');
  const columns = getTableColumns(table);
  const names = new Set<string>([...orderBy, ...keyColumns[name]]);
  return [...names].map((column) => {
    const found = Object.hasOwn(columns, column) ? columns[column] : undefined;
    if (found === undefined || found.dataType === 'json') {
      throw invalid('orderBy', `${column} is not a column of ${name} that rows can be ordered by`);
    }
    return found;
  });
}

/** A condition that a row comes after `row`, written as a row comparison that an index answers. */
function comesAfter(
  order: readonly Column[],
  row: Readonly<Record<string, unknown>>,
  conditions: Conditions,
  direction: 'asc' | 'desc' = 'asc',
): SQL {
  for (const { name } of order) {
    if (row[name] === undefined || row[name] === null) {
      throw invalid('after', `must have ${name}, by which the rows are ordered`);
    }
  }
  const free = order.filter((column) => !isPinned(conditions, column, row[column.name]));
  if (free.length === 0) return sql`false`; // the conditions match no other row
  const columns = free.map((column) => sql`${column}`);
  const values = free.map((column) => sql`${sql.param(row[column.name], column)}`);
  const operator = sql.raw(direction === 'desc' ? '<' : '>');
  return sql`(${sql.join(columns, sql`, `)}) ${operator} (${sql.join(values, sql`, `)})`;
}

export function mustRowLimit(limit: number | undefined, max: number): number {
  if (limit === undefined) return max;
  if (Number.isInteger(limit) && limit >= 1 && limit <= max) return limit;
  throw invalid('limit', `must be a whole number from 1 to ${max}`);
}

/**
 * Whether one of the conditions is `eq(column, value)`. Pinned columns drop out of the row
 * comparison, so that SQLite can seek by the remaining columns. Other forms of a condition are not
 * recognised: the result stays correct, but the query is slower.
 */
function isPinned(conditions: Conditions, column: Column, value: unknown): boolean {
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
