import type { Conditions } from './conditions.ts';
import {
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  isNotNull,
  isNull,
  sql,
  type Column,
  type SQL,
  type Table,
} from 'drizzle-orm';
import { invalid } from '../shared/error.ts';
import type { Database } from './database.ts';
import { isPinned } from './pinned-columns.ts';
import { keyColumns, type ModelName, type RecordOf } from './records.ts';

export interface SelectOptions<Name extends ModelName> {
  /** At most so many rows: 1 to 1,000, default 1,000. */
  readonly limit?: number;
  /**
   * The columns that order the rows, before those of the key. Default: the key alone, which for items is
   * the order of the log. Rows that lack one of the columns are left out.
   */
  readonly orderBy?: readonly OrderColumn<Name>[];
  /** Default `asc`. */
  readonly order?: 'asc' | 'desc';
  /** Only rows behind this one in the order: the last row of the page before. */
  readonly after?: Partial<RecordOf<Name>> | undefined;
}

/** Columns that have an order: all but JSON. */
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

/** One page of rows, those of deleted threads left out. */
export async function selectRows<Name extends ModelName>(
  db: Database,
  name: Name,
  conditions: Conditions,
  options: SelectOptions<Name> = {},
): Promise<RecordOf<Name>[]> {
  const rows = await runSelect(
    db,
    name,
    getTableColumns<Table>(db.tables[name]),
    conditions,
    options,
  );
  return rows as RecordOf<Name>[]; // all columns of the table were asked for
}

/** As `selectRows`, with other columns of the table and of `threads`. */
export async function runSelect<Name extends ModelName>(
  db: Database,
  name: Name,
  fields: Readonly<Record<string, Column>>,
  conditions: Conditions,
  options: SelectOptions<Name>,
): Promise<unknown[]> {
  if (!Array.isArray(conditions)) throw new TypeError('Conditions are an array.');
  const { threads } = db.tables;
  const table: Table = db.tables[name];
  const order = orderOf(name, table, options);
  const direction = options.order === 'desc' ? desc : asc;
  const where = and(
    ...conditions,
    isNull(threads.deletedAt),
    ...order.filter(({ notNull }) => !notNull).map((column) => isNotNull(column)),
    options.after && isBehind(order, options.after, conditions, options.order),
  );
  const query = asSelecting(db).select(fields).from(table);
  const joined =
    name === 'threads'
      ? query
      : query.innerJoin(threads, eq(threads.id, getTableColumns(table).threadId!));
  return joined
    .where(where)
    .orderBy(...order.map((column) => direction(column)))
    .limit(mustLimit(options.limit, rowsMax));
}

/** What both dialects have in common of a query in the making. */
interface Selecting {
  select(fields: Readonly<Record<string, Column>>): { from(table: Table): Query };
}

interface Query extends PromiseLike<unknown[]> {
  innerJoin(table: Table, on: SQL): Query;
  where(condition: SQL | undefined): Query;
  orderBy(...columns: SQL[]): Query;
  limit(limit: number): Query;
}

/** The query builders of the dialects are one in what they do; only their types differ. */
function asSelecting({ drizzle }: Database): Selecting {
  return drizzle as unknown as Selecting;
}

/** `orderBy`, and then the rest of the key, so that no two rows stand at one place. */
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
      throw invalid('orderBy', `${column} is no column of ${name} that has an order`);
    }
    return found;
  });
}

/** Compares rows of values, which an index on the same columns answers. */
function isBehind(
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
  if (free.length === 0) return sql`false`; // only that one row meets the conditions
  const columns = free.map((column) => sql`${column}`);
  const values = free.map((column) => sql`${sql.param(row[column.name], column)}`);
  const operator = sql.raw(direction === 'desc' ? '<' : '>');
  return sql`(${sql.join(columns, sql`, `)}) ${operator} (${sql.join(values, sql`, `)})`;
}

export function mustLimit(limit: number | undefined, max: number): number {
  if (limit === undefined) return max;
  if (Number.isInteger(limit) && limit >= 1 && limit <= max) return limit;
  throw invalid('limit', `must be a whole number from 1 to ${max}`);
}
