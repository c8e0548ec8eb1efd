import type { Row } from '../engine/engine.ts';
import type { Clock } from '../shared/clock.ts';
import { put, type Records } from './records.ts';
import type { TypedTable } from './table.ts';
import { queuePlaces } from './tables.ts';

/**
 * How far clocks may differ, and how late an entry may appear after a crash, in milliseconds,
 * before it is missed.
 */
export const queueMarginMs: number = 3_600_000;

/** The year 1: every database can store it, and no entry is older. */
export const beginningOfTimeMs: number = -62_135_596_800_000;

/**
 * A queue by time for the whole store, such as everything that expires, consumed from its front.
 *
 * In some engines deleted entries leave traces (tombstones), so that a scan from the beginning of
 * time would have to skip everything that ever was. So each scan begins at a position before which
 * no entry is left: the first entry of the previous scan, or its end if it found none, and always
 * at least `queueMarginMs` before now, since other processes' clocks may be behind. An entry that
 * cannot be taken stays first and is found again.
 *
 * The position is kept in memory, where it may move back with the clock, and stored from time to
 * time for the next process. Several processes each use their own position, and each of these is
 * valid.
 */
export class TimeQueue<R extends Row> {
  readonly #records: Records;
  readonly #clock: Clock;
  readonly #table: TypedTable<R>;
  readonly #index: string;
  readonly #column: string;
  /** The time before which no entry is left. */
  #beginsAt: number | undefined;
  /** The stored position; `undefined` if none is stored. */
  #storedAt: number | undefined;
  #isUsed = false;

  constructor(
    { records, clock }: { readonly records: Records; readonly clock: Clock },
    table: TypedTable<R>,
    index: string,
  ) {
    this.#records = records;
    this.#clock = clock;
    this.#table = table;
    this.#index = index;
    // The caller names an index of the table.
    this.#column = table.indexes.find(({ name }) => name === index)!.columns[0]!;
  }

  /** The oldest entries that are due, or with `all` also future ones. */
  async first(limit: number, { all = false }: { readonly all?: boolean } = {}): Promise<R[]> {
    const nowMs = this.#clock();
    const begin = Math.min(await this.#begin(), nowMs - queueMarginMs);
    const rows = await this.#records.scan(this.#table, {
      index: this.#index,
      prefix: [],
      after: [begin - 1],
      ...(all ? {} : { before: [nowMs] }),
      limit,
    });
    const oldest = rows[0] === undefined ? nowMs : Number(rows[0][this.#column]);
    this.#beginsAt = Math.min(oldest, nowMs - queueMarginMs);
    if (rows.length > 0) this.noteUse();
    await this.#store(this.#beginsAt);
    return rows;
  }

  /** Records that an entry was put into the queue and deleted without being found here. */
  noteUse(): void {
    this.#isUsed = true;
  }

  async #begin(): Promise<number> {
    if (this.#beginsAt !== undefined) return this.#beginsAt;
    const stored = await this.#records.get(queuePlaces, [this.#name]);
    this.#storedAt = stored?.beginsAt;
    return stored?.beginsAt ?? beginningOfTimeMs;
  }

  /**
   * Stores the position, except that of a queue that was always empty: an idle store must not
   * write.
   */
  async #store(beginsAt: number): Promise<void> {
    const movedMs = Math.abs(beginsAt - (this.#storedAt ?? beginningOfTimeMs));
    if (!this.#isUsed || movedMs < queueMarginMs) return;
    await this.#records.commit({ puts: [put(queuePlaces, { queue: this.#name, beginsAt })] });
    this.#storedAt = beginsAt;
    this.#isUsed = false;
  }

  get #name(): string {
    return `${this.#table.name}.${this.#index}`;
  }
}
