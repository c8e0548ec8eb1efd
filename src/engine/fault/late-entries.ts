import { requiredColumns, scanColumns } from '../checks.ts';
import { compareKeys, keyOf, valuesOf } from '../compare-keys.ts';
import type { Engine, Key, Row, Scan, Table } from '../engine.ts';

/** One commit. */
export type Token = object;

/**
 * The entries that lists in other partitions do not show yet, and those that they still show. The
 * inner engine keeps index entries with their rows; this class simulates lists during and after a
 * commit that is cut in two.
 */
export class LateEntries {
  /** Rows whose entries are missing, each with the commit that still has to put them. */
  readonly #hidden = new Map<string, Token>();
  /** Former rows whose entries still exist. */
  #left: Left[] = [];

  /** The commit is about to change a row, which was `before`. */
  mark(token: Token, table: Table, key: Key, before: Row | undefined): void {
    this.#hidden.set(rowName(table, key), token);
    if (before !== undefined) this.#left.push({ token, table, row: before });
  }

  /** The entries of these commits now match their rows. */
  settle(isSettled: (token: Token) => boolean): void {
    for (const [name, token] of this.#hidden) if (isSettled(token)) this.#hidden.delete(name);
    this.#left = this.#left.filter(({ token }) => !isSettled(token));
  }

  /** Rows that are deleted with their entries. Former entries stay. */
  forget(isForgotten: (name: string) => boolean): void {
    for (const name of this.#hidden.keys()) if (isForgotten(name)) this.#hidden.delete(name);
  }

  async scan(engine: Engine, scan: Scan): Promise<Row[]> {
    const columns = scanColumns(scan.table, scan.index);
    const entryOf = (row: Row): Key => valuesOf(row, columns);
    const entries = new Map<string, Row>();
    for (const row of this.#leftIn(scan, columns)) entries.set(JSON.stringify(entryOf(row)), row);
    for (const row of await this.#shown(engine, scan)) {
      entries.set(JSON.stringify(entryOf(row)), row);
    }
    const sign = scan.reverse ? -1 : 1;
    return [...entries.values()]
      .toSorted((a, b) => sign * compareKeys(entryOf(a), entryOf(b)))
      .slice(0, scan.limit);
  }

  /** The rows with their entries, as many as the scan asks for. */
  async #shown(engine: Engine, scan: Scan): Promise<Row[]> {
    const columns = scanColumns(scan.table, scan.index).slice(scan.prefix.length);
    const shown: Row[] = [];
    let rest = scan;
    for (;;) {
      const rows = await engine.scan(rest);
      shown.push(...rows.filter((row) => !this.#isHidden(scan.table, row)));
      const last = rows.at(-1);
      if (last === undefined || rows.length < scan.limit || shown.length >= scan.limit)
        return shown;
      const bound = valuesOf(last, columns);
      rest = { ...scan, ...(scan.reverse ? { before: bound } : { after: bound }) };
    }
  }

  #isHidden(table: Table, row: Row): boolean {
    return this.#hidden.has(rowName(table, keyOf(table, row)));
  }

  #leftIn({ table, index, prefix, after, before }: Scan, columns: readonly string[]): Row[] {
    const declared = table.indexes.find(({ name }) => name === index);
    const required = declared ? requiredColumns(declared) : [];
    const isIn = (row: Row): boolean => {
      if (required.some((column) => row[column] === undefined)) return false;
      const values = valuesOf(row, columns);
      return (
        compareKeys(values, prefix) === 0 &&
        (!after || compareKeys(values, [...prefix, ...after]) > 0) &&
        (!before || compareKeys(values, [...prefix, ...before]) < 0)
      );
    };
    return this.#left.filter((left) => left.table === table && isIn(left.row)).map(copyOf);
  }
}

interface Left {
  readonly token: Token;
  readonly table: Table;
  readonly row: Row;
}

/** The name of a row: its table and key. */
export function rowName(table: Table, key: Key): string {
  return `${table.id} ${JSON.stringify(key)}`;
}

function copyOf({ row }: Left): Row {
  return structuredClone(row);
}
