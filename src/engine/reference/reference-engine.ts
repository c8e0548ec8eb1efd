import { ConflictError, SkeinError } from '../../shared/error.ts';
import { scanColumns } from '../checks.ts';
import type {
  Capabilities,
  Commit,
  Engine,
  Expect,
  Key,
  Row,
  Scalar,
  Scan,
  Table,
} from '../engine.ts';

/**
 * The oracle that other engines are compared with: the contract in the simplest code that can be
 * right. A table is an unordered array of rows; every read filters and sorts all of them, and there
 * are no indexes. It shares no code with a real engine, and so no bugs.
 *
 * The data lives as long as the object: closing and reopening it keeps everything.
 *
 * @example
 * const reference = await OpenEngine.open(referenceEngine(), tables);
 */
export function referenceEngine(): Engine {
  return new ReferenceEngine();
}

class ReferenceEngine implements Engine {
  readonly name = 'reference';
  readonly capabilities: Capabilities = {
    durable: false,
    atomicAcrossPartitions: true,
    shared: false,
  };
  readonly #tables = new Map<number, Row[]>();
  #isOpen = false;

  open(tables: readonly Table[]): Promise<void> {
    if (this.#isOpen) {
      return Promise.reject(new SkeinError('unavailable', 'This engine is already open.'));
    }
    this.#isOpen = true;
    for (const { id } of tables) this.#tables.set(id, this.#tables.get(id) ?? []);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#isOpen = false;
    return Promise.resolve();
  }

  get(table: Table, key: Key): Promise<Row | undefined> {
    return Promise.resolve(this.#get(table, key));
  }

  getMany(table: Table, keys: readonly Key[]): Promise<(Row | undefined)[]> {
    return Promise.resolve(keys.map((key) => this.#get(table, key)));
  }

  scan({ table, index, prefix, after, before, reverse, limit }: Scan): Promise<Row[]> {
    const columns = scanColumns(table, index);
    const found = table.indexes.find(({ name }) => name === index);
    const required = [...(found?.columns ?? []), ...(found?.requires ?? [])];
    const rows = this.#rows(table)
      .filter((row) => required.every((column) => row[column] !== undefined))
      .filter((row) => compare(row, columns, prefix) === 0)
      .filter((row) => !after || compare(row, columns, [...prefix, ...after]) > 0)
      .filter((row) => !before || compare(row, columns, [...prefix, ...before]) < 0)
      .toSorted((a, b) => compare(a, columns, valuesOf(b, columns)));
    if (reverse) rows.reverse();
    return Promise.resolve(rows.slice(0, limit).map(copy));
  }

  commit({ puts = [], deletes = [], expects = [] }: Commit): Promise<void> {
    if (!expects.every((expect) => this.#holds(expect))) {
      return Promise.reject(new ConflictError('An expectation of the commit does not hold.'));
    }
    for (const { table, key } of deletes) this.#deletePrefix(table, key);
    for (const { table, row } of puts) {
      this.#deletePrefix(table, valuesOf(row, table.key));
      this.#rows(table).push(copy(row));
    }
    return Promise.resolve();
  }

  deletePrefix(table: Table, prefix: readonly Scalar[]): Promise<void> {
    this.#deletePrefix(table, prefix);
    return Promise.resolve();
  }

  #get(table: Table, key: Key): Row | undefined {
    const row = this.#rows(table).find((other) => compare(other, table.key, key) === 0);
    return row && copy(row);
  }

  #holds({ table, key, version }: Expect): boolean {
    const row = this.#get(table, key);
    return version === 'absent' ? row === undefined : row?.version === version;
  }

  #deletePrefix(table: Table, prefix: readonly Scalar[]): void {
    const rest = this.#rows(table).filter((row) => compare(row, table.key, prefix) !== 0);
    this.#tables.set(table.id, rest);
  }

  #rows(table: Table): Row[] {
    const rows = this.#tables.get(table.id);
    if (!rows) throw new TypeError(`Table ${table.name} was not opened.`);
    return rows;
  }
}

/** Compares the leading columns of a row with as many values. */
function compare(row: Row, columns: readonly string[], values: readonly Scalar[]): number {
  for (const [i, value] of values.entries()) {
    const own = row[columns[i]!];
    if (own === value) continue;
    if (typeof own === 'string' && typeof value === 'string') return compareText(own, value);
    return Number(own) < Number(value) ? -1 : 1;
  }
  return 0;
}

/** By code points, which is the order of the UTF-8 bytes. */
function compareText(a: string, b: string): number {
  for (let i = 0; ; i++) {
    const [left, right] = [a.codePointAt(i), b.codePointAt(i)];
    if (left !== right) return (left ?? -1) - (right ?? -1);
    if (left === undefined) return 0;
  }
}

function valuesOf(row: Row, columns: readonly string[]): Scalar[] {
  return columns.map((column) => {
    const value = row[column];
    if (value === undefined || typeof value === 'object')
      throw new TypeError(`${column} has no order`);
    return value;
  });
}

function copy(row: Row): Row {
  return JSON.parse(JSON.stringify(row)) as Row; // rows are JSON, and undefined means absent
}
