import type { Core } from '../../domain/base/core.ts';
import { keyOf } from '../../engine/compare-keys.ts';
import type { Row, Table } from '../../engine/engine.ts';
import { deletion, expectAbsent } from '../../records/records.ts';
import { queuePlaces } from '../../records/tables.ts';
import { afterLostRace, backOff } from '../../shared/backoff.ts';
import { ConflictError, SkeinError } from '../../shared/error.ts';
import { rowLine } from './transfer-lines.ts';

/**
 * Rows outside threads on their way into a store, in commits of rows of one partition, which guard
 * that no other program has made them. A row that is there already stays as it is.
 */
export class OtherArrivals {
  readonly #core: Core;
  #table: Table | undefined;
  #rows: Row[] = [];
  #characters = 0;
  rowsAdded = 0;
  rowsKept = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  async add(table: Table, row: Row): Promise<void> {
    const [first] = this.#rows;
    const isElsewhere = first && (table !== this.#table || !isTogether(table, first, row));
    if (isElsewhere || this.#rows.length >= rowsMax || this.#characters >= charactersMax) {
      await this.flush();
    }
    this.#table = table;
    this.#rows.push(row);
    this.#characters += rowLine(table, row).length;
  }

  async flush(): Promise<void> {
    const [table, rows] = [this.#table, this.#rows];
    this.#rows = [];
    this.#characters = 0;
    if (table === undefined || rows.length === 0) return;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#addMissing(table, rows);
      } catch (error) {
        // Another program has made one of them meanwhile.
        const isRace = error instanceof ConflictError;
        if (!isRace || !(await backOff(attempt, afterLostRace))) throw error;
      }
    }
  }

  async #addMissing(table: Table, rows: readonly Row[]): Promise<void> {
    const stored = await this.#textsOf(table, rows);
    const fresh = rows.filter((row) => stored.get(nameOf(table, row)) === undefined);
    if (fresh.length > 0) {
      await this.#core.records.commit({
        puts: fresh.map((row) => ({ table, row, replaces: null })),
        expects: fresh.map((row) => expectAbsent(table, keyOf(table, row))),
      });
      await this.#verify(table, fresh);
    }
    this.rowsAdded += fresh.length;
    this.rowsKept += rows.filter((row) => {
      const text = stored.get(nameOf(table, row));
      return text !== undefined && text !== rowLine(table, row);
    }).length;
  }

  async #verify(table: Table, rows: readonly Row[]): Promise<void> {
    const stored = await this.#textsOf(table, rows);
    const isSame = rows.every((row) => stored.get(nameOf(table, row)) === rowLine(table, row));
    if (isSame) return;
    throw new SkeinError('conflict', `rows of ${table.name} do not read back as in the file`);
  }

  async #textsOf(table: Table, rows: readonly Row[]): Promise<Map<string, string>> {
    const keys = rows.map((row) => keyOf(table, row));
    const stored = await this.#core.records.getExisting<Row>(table, keys);
    return new Map(stored.map((row) => [nameOf(table, row), rowLine(table, row)]));
  }
}

const rowsMax = 200;
const charactersMax = 1024 * 1024;

function nameOf(table: Table, row: Row): string {
  return JSON.stringify(keyOf(table, row));
}

function isTogether(table: Table, a: Row, b: Row): boolean {
  return table.key.slice(0, table.partition).every((name) => a[name] === b[name]);
}

/**
 * Queues by time remember up to where they are empty. Imported rows may be due before that, so the
 * queues of these tables are read from the beginning again.
 */
export class DueRows {
  readonly #earliest = new Map<string, number>();

  add(table: Table, row: Row): void {
    for (const { name, partition, columns } of table.indexes) {
      const dueAt = partition === 0 ? row[columns[0]!] : undefined; // an index has columns
      if (typeof dueAt !== 'number') continue;
      const queue = `${table.name}.${name}`;
      this.#earliest.set(queue, Math.min(dueAt, this.#earliest.get(queue) ?? dueAt));
    }
  }

  async remember({ records }: Core): Promise<void> {
    for (const [queue, earliest] of this.#earliest) {
      const row = await records.get(queuePlaces, [queue]);
      if (row === undefined || row.beginsAt <= earliest) continue;
      await records.commit({ deletes: [deletion(queuePlaces, [queue], row)] });
    }
  }
}
