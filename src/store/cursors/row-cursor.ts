import { keyOf } from '../../engine/compare-keys.ts';
import type { Key, Row, Table } from '../../engine/engine.ts';
import type { OpenEngine } from '../../engine/open-engine.ts';

/** A row as it is compared: two rows are the same when their texts are. */
export interface Entry {
  readonly row: Row;
  readonly key: Key;
  /**
   * The values of all columns as JSON, in the order of the declaration; what is absent is 0, the
   * others stand in a list.
   */
  readonly text: string;
}

/**
 * Reads a table from one end to the other in pages, of which it holds two: while the rows of one
 * are worked on, the next one is read. Pages have as many rows as fit into a bounded size, by what
 * the rows before had.
 */
export class RowCursor {
  readonly table: Table;
  readonly #engine: OpenEngine;
  #entries: readonly Entry[] = [];
  #at = 0;
  #limit = limitFirst;
  #next: Promise<Attempt> | undefined;

  /** `after`: the first key columns of rows that are left out, with all before them. */
  constructor(engine: OpenEngine, table: Table, after?: Key) {
    this.#engine = engine;
    this.table = table;
    this.#next = this.#read(after);
  }

  /** The row at which the cursor stands, `undefined` at the end. */
  async peek(): Promise<Entry | undefined> {
    while (this.#at === this.#entries.length && this.#next !== undefined) await this.#turn();
    return this.#entries[this.#at];
  }

  /** As `peek`, as long as the key begins with `prefix`. */
  async peekIn(prefix: Key): Promise<Entry | undefined> {
    const entry = await this.peek();
    return entry && prefix.every((value, i) => entry.key[i] === value) ? entry : undefined;
  }

  /** Moves on to the next row. */
  take(): void {
    this.#at++;
  }

  async #turn(): Promise<void> {
    const attempt = await this.#next!; // looked at just before
    this.#next = undefined;
    if ('error' in attempt) throw attempt.error;
    const { entries, limit } = attempt;
    this.#entries = entries;
    this.#at = 0;
    const last = entries.at(-1);
    if (last === undefined || entries.length < limit) return;
    this.#limit = nextLimit(entries);
    this.#next = this.#read(last.key);
  }

  /** Never rejects: nobody may be waiting when it fails. */
  async #read(after: Key | undefined): Promise<Attempt> {
    const limit = this.#limit;
    try {
      const { table } = this;
      const bounds = { maintenance: true, limit, ...(after && { after }) };
      const rows = await this.#engine.scan({ table, prefix: [], ...bounds });
      return { entries: rows.map((row) => entryOf(table, row)), limit };
    } catch (error) {
      return { error };
    }
  }
}

type Attempt =
  | { readonly entries: readonly Entry[]; readonly limit: number }
  | { readonly error: unknown };

const limitFirst = 64;
const pageCharactersMax = 256 * 1024;

function nextLimit(entries: readonly Entry[]): number {
  const characters = entries.reduce((sum, { text }) => sum + text.length, 0);
  const fitting = Math.floor((pageCharactersMax * entries.length) / characters);
  return Math.min(1000, Math.max(8, fitting));
}

function entryOf(table: Table, row: Row): Entry {
  const values = Object.keys(table.columns).map((name) => {
    const value = row[name];
    return value === undefined ? 0 : [value];
  });
  return { row, key: keyOf(table, row), text: JSON.stringify(values) };
}
