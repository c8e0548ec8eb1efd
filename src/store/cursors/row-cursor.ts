import { keyOf } from '../../engine/compare-keys.ts';
import type { Key, Row, Table } from '../../engine/engine.ts';
import type { OpenEngine } from '../../engine/open-engine.ts';

/** A row in the form in which it is compared: two rows are equal if their texts are. */
export interface Entry {
  readonly row: Row;
  readonly key: Key;
  /**
   * The values of all columns as JSON, in order of declaration: 0 for an absent value, a list of
   * one for any other.
   */
  readonly text: string;
}

/**
 * Reads a table from beginning to end in pages, two at a time: while the rows of one page are
 * processed, the next one is read. The size of a page in rows follows from the size of earlier
 * rows, so that its memory is bounded.
 */
export class RowCursor {
  readonly table: Table;
  readonly #engine: OpenEngine;
  #entries: readonly Entry[] = [];
  #at = 0;
  #limit = limitFirst;
  #next: Promise<Attempt> | undefined;

  /** `after`: leading key columns; rows up to and including these are skipped. */
  constructor(engine: OpenEngine, table: Table, after?: Key) {
    this.#engine = engine;
    this.table = table;
    this.#next = this.#read(after);
  }

  /** The current row, `undefined` at the end. */
  async peek(): Promise<Entry | undefined> {
    while (this.#at === this.#entries.length && this.#next !== undefined) await this.#turn();
    return this.#entries[this.#at];
  }

  /** Like `peek`, as long as the key begins with `prefix`. */
  async peekIn(prefix: Key): Promise<Entry | undefined> {
    const entry = await this.peek();
    return entry && prefix.every((value, i) => entry.key[i] === value) ? entry : undefined;
  }

  /** Moves on to the next row. */
  take(): void {
    this.#at++;
  }

  async #turn(): Promise<void> {
    const attempt = await this.#next!; // was peeked at before
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

  /** Never rejects: at the time of a failure there may be no waiting caller. */
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
