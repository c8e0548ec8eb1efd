import type { Row } from '../engine/engine.ts';
import type { Clock } from '../shared/clock.ts';
import { put, type Records } from './records.ts';
import type { TypedTable } from './table.ts';
import { queuePlaces } from './tables.ts';

/**
 * How much clocks may differ, and how late an entry may be seen after a crash, before one is passed
 * over.
 */
export const queueMarginMs: number = 3_600_000;

/** The year 1: every database can keep it, and nothing is older. */
export const beginningOfTimeMs: number = -62_135_596_800_000;

/**
 * A queue by time of the whole store, such as all that expires, taken from its front.
 *
 * What was taken leaves traces in some engines (tombstones), so that a look from the beginning of
 * time would wade through all that ever was. So each begins at a place before which nothing is
 * left: at the first entry that the look before it found, or where that one found none, at the end
 * of it; and always `queueMarginMs` before now, since other processes' clocks may be behind. An
 * entry that cannot be taken stays the first one, and is found again.
 *
 * The place is kept in memory, where it may go back with the clock, and stored now and then for the
 * next process. Of several processes each goes by what it has seen itself; any of their places is
 * true.
 */
export class TimeQueue<R extends Row> {
  readonly #records: Records;
  readonly #clock: Clock;
  readonly #table: TypedTable<R>;
  readonly #index: string;
  readonly #column: string;
  /** Nothing is left before it. */
  #beginsAt: number | undefined;
  /** What is stored; `undefined` if nothing is. */
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

  /** The oldest entries: those before now, or with `all` those that are yet to come, too. */
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

  /** Something was put into the queue and taken out again, without having been found here. */
  noteUse(): void {
    this.#isUsed = true;
  }

  async #begin(): Promise<number> {
    if (this.#beginsAt !== undefined) return this.#beginsAt;
    const stored = await this.#records.get(queuePlaces, [this.#name]);
    this.#storedAt = stored?.beginsAt;
    return stored?.beginsAt ?? beginningOfTimeMs;
  }

  /** Not of a queue that was always empty: an open store that nobody uses writes nothing. */
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
