import type { Column, Commit, Expect, Index, Key, Row, Scalar, Scan, Table } from './engine.ts';
import { entryPartition } from './partitions.ts';

/**
 * Checks of the arguments of the engine contract. Each throws `TypeError`: a failure is a bug in
 * the caller.
 */

/** Checks the tables of a store: each is well declared, and no two have the same name or id. */
export function checkTables(tables: readonly Table[]): void {
  for (const table of tables) checkTable(table);
  checkUnique(tables, 'id', 'Two tables');
  checkUnique(tables, 'name', 'Two tables');
}

export function checkTable(table: Table): void {
  const { name, columns, key, partition, indexes } = table;
  if (partition < 1 || partition > key.length) throw new TypeError(`${name}: bad partition`);
  for (const column of [...key, ...indexes.flatMap((index) => index.columns)]) {
    if (columns[column] === undefined) throw new TypeError(`${name}.${column} is not declared`);
    if (columns[column].type === 'json')
      throw new TypeError(`${name}.${column}: a JSON column cannot be ordered`);
  }
  for (const column of key) {
    if (columns[column]?.optional)
      throw new TypeError(`${name}.${column}: a key column cannot be optional`);
  }
  for (const id of [table.id, ...indexes.map((index) => index.id)]) {
    if (!Number.isInteger(id) || id < 1 || id > 254)
      throw new TypeError(`${name}: id ${id} is not 1 to 254`);
  }
  for (const index of indexes) {
    checkRequires(table, index);
    checkEntryPartition(table, index);
  }
  checkUnique(indexes, 'id', `${name}: two indexes`);
  checkUnique(indexes, 'name', `${name}: two indexes`);
}

function checkRequires({ name, columns }: Table, { requires = [] }: Index): void {
  for (const column of requires) {
    if (columns[column]?.optional !== true)
      throw new TypeError(`${name}.${column}: an index may require optional columns only`);
  }
}

function checkEntryPartition(table: Table, index: Index): void {
  const name = `${table.name}.${index.name}`;
  const count = entryPartition(table, index);
  if (!Number.isInteger(count) || count < 0 || count > index.columns.length) {
    throw new TypeError(`${name}: partition must be 0 to ${index.columns.length}`);
  }
  const [first = ''] = index.columns;
  if (count === 0 && table.columns[first]?.type !== 'timestamp') {
    throw new TypeError(`${name}: an index without a partition must begin with a timestamp`);
  }
}

function checkUnique(
  declared: readonly (Table | Index)[],
  property: 'id' | 'name',
  what: string,
): void {
  const taken = new Set(declared.map((one) => one[property]));
  if (taken.size !== declared.length) throw new TypeError(`${what} have the same ${property}`);
}

export function checkKey(table: Table, key: Key): void {
  if (key.length !== table.key.length)
    throw new TypeError(`${table.name}: the key has ${table.key.length} columns`);
  checkPrefix(table, table.key, key);
}

export function checkScan(scan: Scan): void {
  const { table, limit } = scan;
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw new TypeError(`${table.name}: limit must be 1 to 1,000`);
  }
  const columns = scanColumns(table, scan.index);
  checkPrefix(table, columns, scan.prefix);
  checkReach(scan, columns);
  if (scan.after) checkPrefix(table, columns, [...scan.prefix, ...scan.after]);
  if (scan.before) checkPrefix(table, columns, [...scan.prefix, ...scan.before]);
}

/** A scan stays in one partition, unless it is declared as maintenance. */
function checkReach(
  { table, index: name, prefix, after, maintenance }: Scan,
  columns: readonly string[],
): void {
  const index = table.indexes.find((other) => other.name === name);
  const count = index ? entryPartition(table, index) : table.partition;
  const what = `${table.name}.${name ?? 'key'}`;
  if (count === 0 && prefix.length === 0 && after === undefined) {
    throw new TypeError(`${what}: a scan of a queue by time must say where it begins (after)`);
  }
  if (prefix.length >= count || (index === undefined && maintenance === true)) return;
  const needed = columns.slice(0, count).join(', ');
  const hint = index ? '' : ', or be declared as maintenance';
  throw new TypeError(`${what}: the prefix of a scan must name the partition (${needed})${hint}`);
}

/** The columns that order a scan: those of the index, then the remaining key columns. */
export function scanColumns(table: Table, indexName?: string): readonly string[] {
  if (indexName === undefined) return table.key;
  const index = table.indexes.find(({ name }) => name === indexName);
  if (!index) throw new TypeError(`${table.name} has no index ${indexName}`);
  return [...index.columns, ...table.key.filter((column) => !index.columns.includes(column))];
}

/** The columns that a row must have to have an entry in an index. */
export function requiredColumns({ columns, requires = [] }: Index): readonly string[] {
  return [...columns, ...requires];
}

export function checkPrefix(
  table: Table,
  columns: readonly string[],
  values: readonly Scalar[],
): void {
  if (values.length > columns.length) throw new TypeError(`${table.name}: too many key values`);
  for (let i = 0; i < values.length; i++) {
    checkValue(table, columns[i]!, table.columns[columns[i]!]!, values[i]);
  }
}

/** The checks of the rows of these tables: what they need of each is computed once. */
export function rowChecksOf(tables: readonly Table[]): RowChecks {
  return new Map(tables.map((table) => [table, new RowCheck(table)]));
}

export type RowChecks = ReadonlyMap<Table, RowCheck>;

export function checkCommit(commit: Commit, known: RowChecks): void {
  for (const { table, row } of commit.puts ?? []) {
    const check = known.get(table);
    if (check === undefined) throw unknownTable(table);
    check.check(row);
  }
  for (const { table, key } of commit.deletes ?? []) {
    checkKnown(table, known);
    checkKey(table, key);
  }
  for (const expect of commit.expects ?? []) {
    checkKnown(expect.table, known);
    checkExpect(expect, commit.expects![0]!);
  }
}

export function checkKnown(table: Table, known: RowChecks): void {
  if (!known.has(table)) throw unknownTable(table);
}

function unknownTable({ name }: Table): TypeError {
  return new TypeError(`Table ${name} was not opened.`);
}

function checkExpect(expect: Expect, first: Expect): void {
  checkKey(expect.table, expect.key);
  if (expect.version !== 'absent' && expect.table.columns.version?.type !== 'int') {
    throw new TypeError(`${expect.table.name} has no column version to expect`);
  }
  const partition = first.key.slice(0, first.table.partition);
  const isSame =
    expect.table.partition === first.table.partition &&
    partition.every((value, i) => value === expect.key[i]);
  if (!isSame) throw new TypeError('All expects of a commit must be in one partition');
}

/**
 * Looks only at the columns that a row has. Every commit of a thread has its head, which lacks half
 * of its many columns.
 */
class RowCheck {
  readonly #table: Table;
  /** A map, since a row may have a column with a name such as `toString`. */
  readonly #columns: ReadonlyMap<string, Column>;
  readonly #requiredCount: number;

  constructor(table: Table) {
    this.#table = table;
    this.#columns = new Map(Object.entries(table.columns));
    this.#requiredCount = Object.values(table.columns).filter(isRequired).length;
  }

  check(row: Row): void {
    let requiredCount = 0;
    for (const name in row) {
      const value = row[name];
      if (value === undefined) continue;
      const column = this.#columns.get(name);
      if (column === undefined) throw new TypeError(`${this.#table.name}.${name} is not declared`);
      checkValue(this.#table, name, column, value);
      if (isRequired(column)) requiredCount++;
    }
    if (requiredCount < this.#requiredCount) throw this.#incomplete(row);
  }

  #incomplete(row: Row): TypeError {
    const { name, columns } = this.#table;
    const missing = Object.keys(columns).find(
      (column) => isRequired(columns[column]!) && row[column] === undefined,
    );
    return new TypeError(`${name}.${missing} is missing`);
  }
}

function isRequired({ optional }: Column): boolean {
  return optional !== true;
}

function checkValue(table: Table, name: string, column: Column, value: unknown): void {
  if (!fits(column, value)) throw new TypeError(`${table.name}.${name} must be ${column.type}`);
}

function fits(column: Column, value: unknown): boolean {
  switch (column.type) {
    case 'string':
      return typeof value === 'string' && value.isWellFormed();
    case 'int':
    case 'timestamp':
      return Number.isSafeInteger(value);
    case 'number':
      return Number.isFinite(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'json':
      return value !== undefined;
  }
}
