import { scanColumns } from '../../engine/checks.ts';
import type { Scalar, Scan } from '../../engine/engine.ts';
import { presenceOf } from './sql-definition.ts';
import type { SqlValue } from './sql-dialect.ts';
import type { SqlColumn, SqlTable } from './sql-table.ts';

/**
 * A scan as one statement: the leading columns of an index equal the prefix, the bounds are
 * compared as row values, in the order of the index, with a limit. Nothing is sorted, counted or
 * skipped.
 */
export function scanStatement(table: SqlTable, scan: Scan): string {
  const order = scanColumns(table.table, scan.index).map((name) => table.column(name));
  const parameters = new Parameters(table);
  const rest = order.slice(scan.prefix.length);
  const conditions = [
    ...scan.prefix.map((_, i) => `${order[i]!.quoted} = ${parameters.next()}`),
    ...bound(parameters, rest, '>', scan.after),
    ...bound(parameters, rest, '<', scan.before),
    ...presenceIn(table, scan.index),
  ];
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
  const direction = scan.reverse ? ' DESC' : '';
  const orderBy = order.map(({ quoted }) => `${quoted}${direction}`).join(', ');
  const index = scan.index === undefined ? undefined : `${table.table.name}_${scan.index}`;
  const hint = table.dialect.indexHint(table.table.name, index, table.hasJson);
  return (
    `SELECT ${table.selection} FROM ${table.name}${hint}${where} ` +
    `ORDER BY ${orderBy} LIMIT ${parameters.next()}`
  );
}

/** The values of the statement's parameters. */
export function scanValues(table: SqlTable, scan: Scan): SqlValue[] {
  const order = scanColumns(table.table, scan.index);
  const encode = (values: readonly Scalar[], from: number): SqlValue[] => {
    return values.map((value, i) => table.encode(table.column(order[from + i]!), value));
  };
  const { prefix, after = [], before = [], limit } = scan;
  const from = prefix.length;
  return [...encode(prefix, 0), ...encode(after, from), ...encode(before, from), limit];
}

/** Scans of the same shape share a statement. */
export function scanShape({ table, index, prefix, after, before, reverse }: Scan): string {
  const lengths = `${prefix.length} ${after?.length ?? 0} ${before?.length ?? 0}`;
  return `${table.id} ${index ?? ''} ${lengths}${reverse ? ' r' : ''}`;
}

class Parameters {
  readonly #table: SqlTable;
  #count = 0;

  constructor(table: SqlTable) {
    this.#table = table;
  }

  next(): string {
    return this.#table.dialect.placeholder(++this.#count);
  }
}

function bound(
  parameters: Parameters,
  rest: readonly SqlColumn[],
  operator: '<' | '>',
  values: readonly Scalar[] = [],
): string[] {
  if (values.length === 0) return [];
  const columns = values.map((_, i) => rest[i]!.quoted);
  const placeholders = values.map(() => parameters.next());
  if (columns.length === 1) return [`${columns[0]} ${operator} ${placeholders[0]}`];
  return [`(${columns.join(', ')}) ${operator} (${placeholders.join(', ')})`];
}

function presenceIn(table: SqlTable, indexName: string | undefined): string[] {
  const index = table.table.indexes.find(({ name }) => name === indexName);
  return index ? presenceOf(table, index) : [];
}
