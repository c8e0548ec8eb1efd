/**
 * Copies a store into another one, row by row: all tables of its nouns, with owners, times and
 * versions, so that the target is the same store on another engine.
 */
import type { Noun } from '../../domain/base/noun.ts';
import { compareKeys } from '../../engine/compare-keys.ts';
import type { Engine } from '../../engine/engine.ts';
import { OpenEngine } from '../../engine/open-engine.ts';
import { expectAbsent, expectVersion, put, Records } from '../../records/records.ts';
import { copies, stores, threads, type CopyRow, type ThreadRow } from '../../records/tables.ts';
import { systemClock, type Clock } from '../../shared/clock.ts';
import { SkeinError } from '../../shared/error.ts';
import { allNouns, tablesOf } from '../nouns.ts';
import { CopyWriter } from './copy-writer.ts';
import { copyId, mustBeWhole } from './must-be-whole.ts';
import type { Entry } from '../cursors/row-cursor.ts';
import { syncStores, toPosition, type Position, type StorePair } from './sync-stores.ts';
import { verifyCopy, type Verification } from './verify-copy.ts';

export interface CopyOptions {
  /** Is only read. Writes to it meanwhile are reported as mismatches, or copied by the next run. */
  readonly from: Engine;
  /** Empty, or the unfinished target of an earlier run of this copy. */
  readonly to: Engine;
  /** Names the source, without secrets. An unfinished copy continues only from the same source. */
  readonly source: string;
  readonly onProgress?: (progress: CopyProgress) => void;
  /** Stops the work; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Rows per commit to the target. 1 to 10,000, default 1,000. */
  readonly commitRowsMax?: number;
  /** Default: the system's. */
  readonly clock?: Clock;
}

export interface CopyProgress {
  readonly step: 'counting' | 'copying' | 'verifying';
  /** Threads completed in this step, of `threadsTotal`. */
  readonly threads: number;
  readonly threadsTotal: number;
  /** Work completed in this step, of `total`, in arbitrary units. */
  readonly done: number;
  readonly total: number;
}

export interface CopyReport extends Verification {
  /** Whether an earlier run began this copy. */
  readonly isResumed: boolean;
  /** When an earlier run finished the copy, in which case this run only compared the stores. */
  readonly finishedAt?: number;
  /** Rows that this run has written or deleted. */
  readonly rowsWritten: number;
}

/**
 * Copies a store, and then reads both stores to compare them. A run that ends early, for whatever
 * reason, leaves a target that cannot be opened (`mustBeWhole`), and another run continues where it
 * stopped; likewise after a report with mismatches. After a finished copy, a run only compares.
 *
 * Throws `conflict` for a target that is neither empty nor a copy of the same source, and what the
 * engines throw.
 *
 * @example
 * const to = sqlite({ path: './skein.db' });
 * await copyStore({ from: lsm({ path: './data' }), to, source: './data' });
 */
export function copyStore(options: CopyOptions): Promise<CopyReport> {
  return copyStoreOf(allNouns, options);
}

/** Copies a store of these nouns. */
export async function copyStoreOf(
  nouns: readonly Noun[],
  options: CopyOptions,
): Promise<CopyReport> {
  checkCommitRows(options.commitRowsMax ?? commitRowsMaxDefault);
  const from = await OpenEngine.open(options.from, tablesOf(nouns));
  try {
    const to = await OpenEngine.open(options.to, tablesOf(nouns));
    try {
      return await new StoreCopy(from, to, options).run();
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

const commitRowsMaxDefault = 1000;

function checkCommitRows(value: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= 10_000) return;
  throw new TypeError('commitRowsMax must be a whole number from 1 to 10,000');
}

/** If the source changes during the copy, a second round copies only the differences. */
const roundsMax = 2;

class StoreCopy {
  readonly #from: OpenEngine;
  readonly #to: OpenEngine;
  readonly #records: Records;
  readonly #options: CopyOptions;
  readonly #clock: Clock;

  constructor(from: OpenEngine, to: OpenEngine, options: CopyOptions) {
    this.#from = from;
    this.#to = to;
    this.#records = new Records(to);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  async run(): Promise<CopyReport> {
    await mustBeWhole(new Records(this.#from));
    const begun = await this.#records.get(copies, [copyId]);
    if (begun?.finishedAt !== undefined && begun.source === this.#options.source) {
      return this.#compare(begun.finishedAt);
    }
    const isBegun = begun !== undefined && begun.finishedAt === undefined;
    const copy = isBegun ? await this.#resume(begun) : await this.#begin();
    const writer = this.#createWriter(copy);
    let start = toPosition(copy.position, this.#from);
    for (let round = 1; ; round++) {
      const size = await this.#measure(start);
      await syncStores(this.#pair('copying', size), writer, start);
      const verification = await verifyCopy(
        this.#pair('verifying', { ...size, before: { ...nothing } }),
      );
      const isSame = verification.mismatchCount === 0;
      if (isSame || round === roundsMax) {
        if (isSame) await writer.finish();
        else await this.#rewind(writer);
        return { ...verification, isResumed: isBegun, rowsWritten: writer.rows };
      }
      await this.#rewind(writer);
      start = undefined;
    }
  }

  async #compare(finishedAt: number): Promise<CopyReport> {
    const size = await this.#measure(undefined);
    const verification = await verifyCopy(this.#pair('verifying', size));
    return { ...verification, isResumed: true, finishedAt, rowsWritten: 0 };
  }

  #createWriter(copy: CopyRow): CopyWriter {
    const { commitRowsMax = commitRowsMaxDefault } = this.#options;
    return new CopyWriter(this.#records, this.#clock, commitRowsMax, copy);
  }

  /** Makes the next run compare everything. */
  async #rewind(writer: CopyWriter): Promise<void> {
    writer.moveTo(undefined);
    await writer.flush();
  }

  async #begin(): Promise<CopyRow> {
    for (const table of this.#to.tables) {
      if (table === stores) continue; // one that was opened and is still empty
      const [row] = await this.#to.scan({ table, prefix: [], maintenance: true, limit: 1 });
      if (row === undefined) continue;
      throw new SkeinError('conflict', 'The target is not empty. Copy into an empty store.');
    }
    const nowMs = this.#clock();
    const { source } = this.#options;
    const copy = { id: copyId, source, version: 1, startedAt: nowMs, updatedAt: nowMs };
    await this.#records.commit({
      puts: [put(copies, copy, null)],
      expects: [expectAbsent(copies, [copyId])],
    });
    return copy;
  }

  /** From here on, another run that is still active cannot write any more. */
  async #resume(begun: CopyRow): Promise<CopyRow> {
    if (begun.source !== this.#options.source) {
      throw new SkeinError(
        'conflict',
        `The target is an unfinished copy of ${begun.source}: finish that copy or empty the target.`,
      );
    }
    const copy = { ...begun, version: begun.version + 1, updatedAt: this.#clock() };
    await this.#records.commit({
      puts: [put(copies, copy, begun)],
      expects: [expectVersion(copies, [copyId], begun.version)],
    });
    return copy;
  }

  /** The amount of work. Heads know the number of their items. */
  async #measure(start: Position | undefined): Promise<Size> {
    const before = { threads: 0, work: 0 };
    const total = { threads: 0, work: 0 };
    const hasThreads = start !== undefined && start.table !== threads.name;
    for await (const head of new Records(this.#from).scanTable(threads)) {
      this.#options.signal?.throwIfAborted();
      const isBefore = hasThreads || (start && compareKeys([head.id], start.key) <= 0);
      for (const sum of isBefore ? [before, total] : [total]) {
        sum.threads++;
        sum.work += workOf(head);
      }
      if (total.threads % 1000 === 0) this.#report('counting', total, nothing);
    }
    return { before, total };
  }

  #pair(step: CopyProgress['step'], { before, total }: Size): StorePair {
    const done = { ...before };
    let rows = 0;
    const report = (): void => this.#report(step, done, total, rows);
    return {
      from: this.#from,
      to: this.#to,
      onRow: () => {
        if (++rows % 256 === 0) report();
      },
      onThread: (head: Entry | undefined) => {
        rows = 0;
        if (head === undefined) return;
        done.threads++;
        done.work += workOf(head.row as ThreadRow); // a row of `threads`
        report();
      },
      throwIfAborted: () => this.#options.signal?.throwIfAborted(),
    };
  }

  #report(step: CopyProgress['step'], done: Sum, total: Sum, rows = 0): void {
    this.#options.onProgress?.({
      step,
      threads: done.threads,
      threadsTotal: total.threads,
      done: Math.min(done.work + rows, total.work),
      total: total.work,
    });
  }
}

interface Sum {
  threads: number;
  work: number;
}

interface Size {
  /** The work that is already done. */
  readonly before: Sum;
  readonly total: Sum;
}

const nothing: Readonly<Sum> = { threads: 0, work: 0 };

function workOf({ itemCount }: ThreadRow): number {
  return 1 + itemCount;
}
