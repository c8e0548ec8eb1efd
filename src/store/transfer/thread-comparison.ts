import type { Core } from '../../domain/base/core.ts';
import { withNeutralErrors } from '../../domain/log/item-view.ts';
import { compareKeys, keyOf } from '../../engine/compare-keys.ts';
import type { Delete, Put, Row, Table } from '../../engine/engine.ts';
import { deletion } from '../../records/records.ts';
import {
  changes,
  forks,
  items,
  type ChangeRow,
  type ItemRow,
  type ThreadRow,
} from '../../records/tables.ts';
import { SkeinError } from '../../shared/error.ts';
import { jsonEqual } from '../../shared/json.ts';
import { readRows } from './thread-lines.ts';
import { rowLine } from './transfer-lines.ts';
import type { TransferMap } from './transfer-map.ts';

/** What makes the thread of the store that of the file. */
interface Difference {
  readonly puts: readonly Put[];
  readonly deletes: readonly Delete[];
  readonly itemsAdded: number;
}

/**
 * Compares a thread of the store with the rows of a file, which come in the order in which they are
 * stored. The log decides: one of the two must be the beginning of the other. Items and changes up
 * to the older version must be in both, and what only one of them has must be younger than that.
 *
 * Where the file goes on from the store's state, the differences of all rows are kept, up to a
 * bound, for one commit. Otherwise nothing but the log is read: other rows may have changed since.
 *
 * States: each table is read once, from `#open` on, while the file's rows of it come.
 */
export class ThreadComparison {
  readonly #core: Core;
  readonly #stored: ThreadRow;
  readonly #head: ThreadRow;
  readonly #tables: readonly Table[];
  readonly #goesOn: boolean;
  #at = -1;
  #reader: AsyncIterator<Row> | undefined;
  #next: Row | undefined;
  readonly #puts: Put[] = [];
  readonly #deletes: Delete[] = [];
  #itemsAdded = 0;
  #characters = 0;

  constructor(core: Core, map: TransferMap, stored: ThreadRow, head: ThreadRow) {
    this.#core = core;
    this.#stored = stored;
    this.#head = head;
    this.#goesOn = stored.version < head.version;
    this.#tables = map.ofThreads.filter((table) => this.#goesOn || isLog(table));
  }

  /** A row of the file. Throws `conflict` once the two are found to be different threads. */
  async take(table: Table, row: Row): Promise<void> {
    if (!this.#tables.includes(table)) return;
    while (this.#tables[this.#at] !== table) await this.#open();
    const key = keyOf(table, row);
    let order = -1;
    while (this.#next && (order = compareKeys(keyOf(table, this.#next), key)) < 0) {
      this.#onlyStored(table, this.#next);
      await this.#advance();
    }
    if (this.#next === undefined || order > 0) return this.#onlyInFile(table, row);
    this.#inBoth(table, this.#next, row);
    await this.#advance();
  }

  /** `undefined` if the store has the thread as the file has it, or further on. */
  async finish(): Promise<Difference | undefined> {
    while (this.#at < this.#tables.length) await this.#open();
    if (!this.#goesOn) return undefined;
    return { puts: this.#puts, deletes: this.#deletes, itemsAdded: this.#itemsAdded };
  }

  /** Ends the table that is being read and begins the next one. */
  async #open(): Promise<void> {
    const table = this.#tables[this.#at];
    while (table && this.#next) {
      this.#onlyStored(table, this.#next);
      await this.#advance();
    }
    const following = this.#tables[++this.#at];
    if (following === undefined) return;
    const rows = readRows<Row>(this.#core.records, following, [this.#stored.id]);
    this.#reader = rows[Symbol.asyncIterator]();
    await this.#advance();
  }

  async #advance(): Promise<void> {
    const step = await this.#reader?.next();
    this.#next = step?.done === false ? step.value : undefined;
  }

  #onlyStored(table: Table, row: Row): void {
    if (isLog(table) && !isAfter(table, row, this.#head.version)) throw otherItems();
    if (!this.#goesOn) return;
    // The forks that the store knows list themselves here.
    if (table === forks) return;
    this.#mustBeOlder(row);
    this.#deletes.push(deletion(table, keyOf(table, row), row));
    this.#weigh(rowLine(table, row));
  }

  #onlyInFile(table: Table, row: Row): void {
    if (isLog(table) && !isAfter(table, row, this.#stored.version)) throw otherItems();
    if (!this.#goesOn) return;
    if (table === items) this.#itemsAdded++;
    this.#put({ table, row, replaces: null });
  }

  #inBoth(table: Table, stored: Row, row: Row): void {
    // Rows of these tables, as declared.
    if (table === items) this.#mustBeSameItem(stored as ItemRow, row as ItemRow);
    if (table === items && !this.#goesOn) return;
    const isSame = rowLine(table, stored) === rowLine(table, row);
    // Likewise.
    const isOther = table === changes && !isSameChange(stored as ChangeRow, row as ChangeRow);
    if (isOther && !isSame) throw otherItems();
    if (!this.#goesOn || isSame) return;
    if (!isLog(table)) this.#mustBeOlder(stored);
    this.#put({ table, row, replaces: stored });
  }

  #mustBeSameItem(stored: ItemRow, row: ItemRow): void {
    const isSame =
      lasting.every((name) => stored[name] === row[name]) &&
      (isInherited(stored) || isInherited(row) || hasSameContent(stored, row));
    const isAmendedOnly = this.#stored.version !== this.#head.version;
    const isShownAlike = amended.every((name) => stored[name] === row[name]);
    if (!isSame || !(isAmendedOnly || isInherited(row) || isShownAlike)) throw otherItems();
  }

  /** What was made here since the file was written would be lost. */
  #mustBeOlder(row: Row): void {
    const since = [row.createdAt, row.updatedAt];
    if (since.every((ms) => typeof ms !== 'number' || ms <= this.#head.updatedAt)) return;
    throw conflict('this store has it in an earlier state, to which something was added here');
  }

  #put(put: Put): void {
    this.#puts.push(put);
    this.#weigh(rowLine(put.table, put.row));
  }

  #weigh(line: string): void {
    this.#characters += line.length;
    const isFull = this.#puts.length + this.#deletes.length > rowsMax;
    if (!isFull && this.#characters <= charactersMax) return;
    throw conflict(
      'this store has it in an earlier state, too far back to go on from in one step: ' +
        'import the file into an empty store',
    );
  }
}

const rowsMax = 10_000;
const charactersMax = 16 * 1024 * 1024;

/** What no amendment changes. */
const lasting = [
  ...['authorId', 'role', 'runId', 'spanId', 'parentId', 'private', 'attempt', 'requestId'],
  ...['key', 'replacesId', 'originalId', 'createdAt', 'position'],
] as const satisfies readonly (keyof ItemRow)[];

const amended = ['visibility', 'replacedById', 'redactedAt'] as const;

/** An item that a fork took over from its source has no place in the versions of the fork. */
function isInherited({ commitVersion }: ItemRow): boolean {
  return commitVersion === 0;
}

function hasSameContent(stored: ItemRow, row: ItemRow): boolean {
  if (stored.commitVersion !== row.commitVersion) return false;
  if (stored.redactedAt !== undefined || row.redactedAt !== undefined) return true;
  if (!jsonEqual(stored.metadata, row.metadata)) return false;
  // The words of a provider may have been replaced since.
  return jsonEqual(withNeutralErrors(stored).parts, withNeutralErrors(row).parts);
}

/** A redaction scrubs the changes that told of reactions to the item. */
function isSameChange(stored: ChangeRow, row: ChangeRow): boolean {
  return stored.type === 'reaction' && row.type === 'reaction' && stored.tag === row.tag;
}

function isLog(table: Table): boolean {
  return table === items || table === changes;
}

function isAfter(table: Table, row: Row, version: number): boolean {
  if (table === changes) return (row as ChangeRow).version > version; // a row of that table
  const item = row as ItemRow; // of the other table of the log
  return isInherited(item) || item.commitVersion > version;
}

function otherItems(): SkeinError {
  return conflict('this store has it with other items, which were not changed');
}

export function conflict(message: string, cause?: unknown): SkeinError {
  return new SkeinError('conflict', message, { cause });
}
