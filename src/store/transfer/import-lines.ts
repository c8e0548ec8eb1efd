import type { ImportOptions, ImportReport } from '../../api/transfer.ts';
import type { Core } from '../../domain/base/core.ts';
import { protect } from '../../domain/keys/protection.ts';
import type { Table } from '../../engine/engine.ts';
import { threads, type ThreadRow } from '../../records/tables.ts';
import { SkeinError } from '../../shared/error.ts';
import { broughtByAnother } from './brought-by-another.ts';
import { DueRows, OtherArrivals } from './other-arrivals.ts';
import { readExport, type ExportEvent } from './read-export.ts';
import { ThreadArrival } from './thread-arrival.ts';
import { badLine } from './transfer-lines.ts';
import type { TransferMap } from './transfer-map.ts';

/** See `TransferApi.importLines`. */
export async function importLines(
  core: Core,
  map: TransferMap,
  lines: AsyncIterable<string>,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const run = new StoreImport(core, map, options);
  try {
    for await (const event of readExport(tablesIn(map), lines)) await run.take(event);
    return run.report();
  } finally {
    await run.settle();
  }
}

/** See `TransferApi.checkLines`. */
export async function checkLines(map: TransferMap, lines: AsyncIterable<string>): Promise<void> {
  const reading = readExport(tablesIn(map), lines);
  while (!(await reading.next()).done) continue;
}

function tablesIn({ ofThreads, others }: TransferMap): ReadonlyMap<string, Table> {
  return new Map([threads, ...ofThreads, ...others].map((table) => [table.name, table]));
}

/** Threads whose last commit is under way: they share the engine's group commits. */
const underWayMax = 16;
/** More forks than these whose source comes later in the file are made visible before it. */
const deferredMax = 10_000;

/**
 * `#open` is the thread whose rows come next. A fork whose source is not there yet waits behind its
 * stand-in until the end of its export.
 */
class StoreImport {
  readonly #core: Core;
  readonly #map: TransferMap;
  readonly #options: ImportOptions;
  readonly #others: OtherArrivals;
  readonly #due = new DueRows();
  readonly #underWay = new Set<Promise<void>>();
  /** Threads of which nothing more is taken. */
  readonly #failed = new WeakSet<ThreadArrival>();
  /** Threads that another program wrote to at the same time, with what went wrong here. */
  #contested: { readonly arrival: ThreadArrival; readonly error: SkeinError }[] = [];
  #deferred: ThreadArrival[] = [];
  #open: ThreadArrival | undefined;
  #failure: Error | undefined;
  readonly #sums = {
    threadsCreated: 0,
    threadsContinued: 0,
    threadsFound: 0,
    threadsKept: 0,
    threadsDeleted: 0,
    itemsAdded: 0,
    rowsAdded: 0,
    failed: 0,
  };

  constructor(core: Core, map: TransferMap, options: ImportOptions) {
    this.#core = core;
    this.#map = map;
    this.#options = options;
    this.#others = new OtherArrivals(core);
  }

  async take(event: ExportEvent): Promise<void> {
    this.#options.signal?.throwIfAborted();
    this.#throwIfFailed();
    if (event.type === 'whole') return this.#finishFile();
    // First of all: what is restored of a protected store is never open, not even half of it.
    if (event.type === 'header') return event.isProtected ? protect(this.#core) : undefined;
    const { table, row, line } = event;
    this.#due.add(table, row);
    if (table === threads) {
      await this.#close();
      // A row of `threads`, whose columns were checked.
      this.#open = new ThreadArrival(this.#core, this.#map, row as ThreadRow, line);
    } else if (table.parent === threads.name) await this.#takeRow(event);
    else {
      await this.#close();
      await this.#others.add(table, row);
    }
  }

  report(): ImportReport {
    const { rowsAdded, rowsKept } = this.#others;
    return { ...this.#sums, rowsAdded: this.#sums.rowsAdded + rowsAdded, rowsKept };
  }

  /** Waits for what is under way, and never rejects. */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #takeRow({ table, row, line }: ExportEvent & { readonly type: 'row' }): Promise<void> {
    const id = row[table.key[0]!]; // a table has a key
    const open = this.#open;
    if (open === undefined || open.head.id !== id) {
      const what = JSON.stringify(id);
      throw badLine(line, `belongs to the thread ${what}, which is not before it`);
    }
    await this.#ofThread(open, (arrival) => arrival.add(table, row));
  }

  /** Ends the thread before this line. */
  async #close(): Promise<void> {
    const arrival = this.#open;
    this.#open = undefined;
    if (arrival === undefined) return;
    while (this.#underWay.size >= underWayMax) await Promise.race(this.#underWay);
    const task: Promise<void> = this.#ofThread(arrival, (one) => this.#complete(one))
      .catch((error: unknown) => {
        this.#failure ??= error instanceof Error ? error : new Error('Thrown', { cause: error });
      })
      .finally(() => this.#underWay.delete(task));
    this.#underWay.add(task);
  }

  async #complete(arrival: ThreadArrival): Promise<void> {
    const mayWait = this.#deferred.length < deferredMax;
    if (mayWait && !(await arrival.hasSources())) {
      await arrival.flush();
      this.#deferred.push(arrival);
    } else await this.#makeVisible(arrival);
  }

  async #makeVisible(arrival: ThreadArrival): Promise<void> {
    const what = await arrival.complete();
    const sums = this.#sums;
    if (what === 'found') sums.threadsFound++;
    else if (what === 'deleted') sums.threadsDeleted++;
    else if (what === 'kept') this.#keep(arrival);
    else {
      if (what === 'continued') sums.threadsContinued++;
      else if (arrival.head.deletedAt === undefined) sums.threadsCreated++;
      sums.itemsAdded += arrival.items;
      sums.rowsAdded += arrival.rows;
    }
    this.#options.onProgress?.({
      threads: sums.threadsCreated + sums.threadsContinued + sums.threadsFound,
      items: sums.itemsAdded,
      rows: sums.rowsAdded,
    });
  }

  #keep({ head, line }: ThreadArrival): void {
    this.#sums.threadsKept++;
    this.#options.onKept?.({ threadId: head.id, line });
  }

  /** A step of one thread. What only that thread is to blame for ends only that thread. */
  async #ofThread(
    arrival: ThreadArrival,
    step: (arrival: ThreadArrival) => Promise<void>,
  ): Promise<void> {
    if (this.#failed.has(arrival)) return;
    try {
      await step(arrival);
    } catch (error) {
      if (!(error instanceof SkeinError) || error.code !== 'conflict') throw error;
      this.#failed.add(arrival);
      if (await arrival.isMoved()) this.#contested.push({ arrival, error });
      else this.#fail(arrival, error);
    }
  }

  #fail({ head, line }: ThreadArrival, { message }: SkeinError): void {
    this.#sums.failed++;
    this.#options.onFailure?.({ threadId: head.id, line, message });
  }

  /** What another import has brought meanwhile is there all the same. */
  async #settleContested(): Promise<void> {
    const contested = this.#contested;
    this.#contested = [];
    for (const { arrival, error } of contested) {
      const what = await broughtByAnother(this.#core, arrival.head, this.#options.signal);
      if (what === 'found') this.#sums.threadsFound++;
      else if (what === 'deleted') this.#sums.threadsDeleted++;
      else this.#fail(arrival, error);
    }
  }

  async #finishFile(): Promise<void> {
    await this.#close();
    await this.#others.flush();
    await Promise.all(this.#underWay);
    this.#throwIfFailed();
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const arrival of deferred) await this.#ofThread(arrival, (one) => this.#makeVisible(one));
    await this.#settleContested();
    await this.#due.remember(this.#core);
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
