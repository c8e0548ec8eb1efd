import { keyOf } from '../../engine/compare-keys.ts';
import type { Delete, Put, Row, Table } from '../../engine/engine.ts';
import { put, expectVersion, type Records } from '../../records/records.ts';
import { copies, threads, type CopyRow, type ThreadRow } from '../../records/tables.ts';
import type { Clock } from '../../shared/clock.ts';
import { ConflictError, SkeinError } from '../../shared/error.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { Entry } from '../cursors/row-cursor.ts';
import { standInFor } from '../transfer/half-imported.ts';

/**
 * Writes the differences into the target, in commits of many rows. Each commit moves the position
 * of the copy and is guarded by its version, so a second copy into the same target cannot run
 * beside this one.
 *
 * A thread that fits into one commit arrives whole. Otherwise a tombstone stands in for its head
 * until its last rows arrive together with the head, so that an incomplete thread cannot be read.
 *
 * States: between threads, or in one (`begin` → `end`), which is marked once a commit contained a
 * part of it.
 */
export class CopyWriter {
  readonly #records: Records;
  readonly #clock: Clock;
  readonly #rowsMax: number;
  #copy: CopyRow;
  #position: JsonValue | undefined;
  #puts: Put[] = [];
  #deletes: Delete[] = [];
  #characters = 0;
  #thread: OpenThread | undefined;
  /** Rows written or deleted so far. */
  rows = 0;

  /** `rowsMax`: the approximate number of rows per commit; it may be exceeded by a few. */
  constructor(records: Records, clock: Clock, rowsMax: number, copy: CopyRow) {
    this.#records = records;
    this.#clock = clock;
    this.#rowsMax = rowsMax;
    this.#copy = copy;
    this.#position = copy.position;
  }

  /** Everything up to this position is in the target after the next commit. */
  moveTo(position: JsonValue | undefined): void {
    this.#position = position;
  }

  /** Begins a thread. `from` and `to` are its heads in the source and in the target, if any. */
  begin(from: Entry | undefined, to: Entry | undefined): void {
    this.#thread = { from, stored: to?.row, isTouched: from?.text !== to?.text, isMarked: false };
  }

  /** Makes a row of the target equal to that of the source. */
  async write(table: Table, from: Entry | undefined, to: Entry | undefined): Promise<void> {
    if (from?.text === to?.text) return;
    if (this.#thread) this.#thread.isTouched = true;
    this.#add(table, from?.row, to?.row ?? null, (from ?? to)!); // one of the two exists
    if (this.#isFull) await this.flush();
  }

  /** Ends a thread with its head. */
  async end(): Promise<void> {
    const { from, stored, isTouched } = this.#thread!; // `begin` was called before
    this.#thread = undefined;
    if (!isTouched) return;
    const head = from?.row ?? stored;
    if (head) {
      const key = keyOf(threads, head);
      this.#add(threads, from?.row, stored ?? null, { key, text: from?.text ?? '' });
    }
    if (this.#isFull) await this.flush();
  }

  /** Writes the pending rows, and the position in any case. */
  async flush(): Promise<void> {
    this.#markThread();
    await this.#commit({ position: this.#position });
    this.#puts = [];
    this.#deletes = [];
    this.#characters = 0;
  }

  /** Marks the copy as complete, after which the store may be opened. */
  async finish(): Promise<void> {
    await this.#commit({ position: undefined, finishedAt: this.#clock() });
  }

  get #isFull(): boolean {
    const rows = this.#puts.length + this.#deletes.length;
    return rows >= this.#rowsMax || this.#characters >= charactersMax;
  }

  #add(
    table: Table,
    row: Row | undefined,
    replaces: Row | null,
    { key, text }: Pick<Entry, 'key' | 'text'>,
  ): void {
    if (row === undefined) this.#deletes.push({ table, key, replaces });
    else this.#puts.push({ table, row, replaces });
    this.#characters += text.length;
    this.rows++;
  }

  /** Turns the head into a tombstone before a part of the thread is written. */
  #markThread(): void {
    const thread = this.#thread;
    if (!thread?.isTouched || thread.isMarked) return;
    const head = (thread.from?.row ?? thread.stored) as ThreadRow | undefined; // a row of `threads`
    if (head === undefined) return; // rows without a head, which are only deleted
    const mark = standInFor(head, this.#clock());
    // `stored` is a row of `threads`.
    this.#puts.push(put(threads, mark, (thread.stored as ThreadRow | undefined) ?? null));
    thread.stored = mark;
    thread.isMarked = true;
  }

  async #commit(change: Pick<CopyRow, 'position' | 'finishedAt'>): Promise<void> {
    const { id, version } = this.#copy;
    const copy = { ...this.#copy, ...change, version: version + 1, updatedAt: this.#clock() };
    try {
      await this.#records.commit({
        puts: [...this.#puts, put(copies, copy, this.#copy)],
        deletes: this.#deletes,
        expects: [expectVersion(copies, [id], version)],
      });
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      throw new SkeinError('conflict', 'Another run of the copy into this store has taken over.', {
        cause: error,
      });
    }
    this.#copy = copy;
  }
}

interface OpenThread {
  readonly from: Entry | undefined;
  /** The target's present head. */
  stored: Row | undefined;
  /** Whether any part of it differs. */
  isTouched: boolean;
  isMarked: boolean;
}

const charactersMax = 1024 * 1024;
