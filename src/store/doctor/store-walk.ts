import type {
  ProblemKind,
  Repair,
  StoreExamination,
  ThreadExamination,
} from '../../domain/base/examination.ts';
import type { Noun } from '../../domain/base/noun.ts';
import type { Table } from '../../engine/engine.ts';
import type { OpenEngine } from '../../engine/open-engine.ts';
import { expectVersion, put, Records, deletion } from '../../records/records.ts';
import type { TypedTable } from '../../records/table.ts';
import { items, threads, type ThreadRow, copies, stores } from '../../records/tables.ts';
import { RowCursor } from '../cursors/row-cursor.ts';
import { ThreadCursor } from '../cursors/thread-cursor.ts';
import type { DoctorOptions, DoctorProblem, DoctorReport } from './doctor-report.ts';
import { examineQueues } from './examine-queues.ts';
import { examineTasks, PromisedPurges } from './examine-tasks.ts';
import { copyId } from '../copy/must-be-whole.ts';
import { ownId } from '../incarnation.ts';

/**
 * Walks a store once, thread by thread and then through the tables outside threads, and lets every
 * noun examine its rows. It holds one page per table, however large the store is.
 */
export class StoreWalk {
  readonly #nouns: readonly Noun[];
  readonly #engine: OpenEngine;
  readonly #records: Records;
  readonly #options: DoctorOptions;
  readonly #purges: PromisedPurges;
  readonly #problems: DoctorProblem[] = [];
  #threads = 0;
  #items = 0;

  constructor(nouns: readonly Noun[], engine: OpenEngine, options: DoctorOptions) {
    this.#nouns = nouns;
    this.#engine = engine;
    this.#records = new Records(engine);
    this.#options = options;
    this.#purges = new PromisedPurges(this.#records);
  }

  async run(): Promise<DoctorReport> {
    await this.#examineThreads();
    const exam = this.#storeExamination();
    for (const noun of this.#nouns) await noun.examine?.store?.(exam);
    await examineTasks(exam, this.#nouns);
    await examineQueues(exam, this.#engine.tables);
    await examineStoreItself(exam);
    return { threads: this.#threads, items: this.#items, problems: this.#problems };
  }

  async #examineThreads(): Promise<void> {
    const cursor = new ThreadCursor(this.#engine, undefined);
    for (let id = await cursor.peekId(); id !== undefined; id = await cursor.peekId()) {
      const head = (await cursor.takeHead(id))?.row as ThreadRow | undefined; // a row of `threads`
      if (head !== undefined && head.deletedAt === undefined) {
        await this.#examineThread(head, cursor);
        if (++this.#threads % 100 === 0) this.#report();
        await skipThread(cursor, id);
      } else await this.#examineGone(id, head, await skipThread(cursor, id));
    }
    this.#report();
  }

  async #examineThread(head: ThreadRow, cursor: ThreadCursor): Promise<void> {
    const exam = this.#threadExamination(head, cursor);
    for (const noun of this.#nouns) await noun.examine?.thread?.(exam);
  }

  /**
   * Rows of a deleted thread must have a pending purge; rows without a head belong to no thread.
   */
  async #examineGone(
    id: string,
    head: ThreadRow | undefined,
    left: ReadonlyMap<Table, number>,
  ): Promise<void> {
    if (left.size === 0 || (await this.#purges.has(id))) return;
    const what = [...left].map(([{ name }, count]) => `${name}: ${count}`).join(', ');
    if (head === undefined) await this.#found(id, 'leftover', `rows without a thread (${what})`);
    else {
      const repair = (): Promise<void> => this.#purges.promise(head);
      await this.#found(id, 'leftover', `rows of a deleted thread (${what})`, repair);
    }
  }

  #threadExamination(head: ThreadRow, cursor: ThreadCursor): ThreadExamination {
    const records = this.#records;
    let current = head;
    return {
      records,
      mayComeLater: !this.#engine.capabilities.atomicAcrossPartitions,
      isRebuilding: this.#options.rebuild ?? false,
      get head() {
        return current;
      },
      rows: (table) => this.#rowsOf(cursor.tables, table, head.id),
      found: (kind, detail, repair) => this.#found(head.id, kind, detail, repair),
      waitsForPurge: (threadId) => this.#purges.has(threadId),
      updateHead: async (patch) => {
        const next = { ...current, ...patch };
        await records.commit({
          puts: [put(threads, next, current)],
          expects: [expectVersion(threads, [head.id], current.version)],
        });
        current = next;
      },
    };
  }

  #storeExamination(): StoreExamination {
    return {
      records: this.#records,
      mayComeLater: !this.#engine.capabilities.atomicAcrossPartitions,
      isRebuilding: this.#options.rebuild ?? false,
      rows: (table) => rowsOf(new RowCursor(this.#engine, table), []),
      found: (kind, detail, repair) => this.#found('', kind, detail, repair),
    };
  }

  async *#rowsOf<R>(
    cursors: readonly RowCursor[],
    table: TypedTable<R>,
    threadId: string,
  ): AsyncGenerator<R, void, undefined> {
    const cursor = cursors.find((other) => other.table === table);
    if (cursor === undefined) throw new TypeError(`${table.name} has no rows of threads`);
    for await (const row of rowsOf<R>(cursor, [threadId])) {
      if (cursor.table === items) this.#items++;
      yield row;
    }
  }

  async #found(
    threadId: string,
    kind: ProblemKind,
    detail: string,
    repair?: Repair,
  ): Promise<void> {
    const isRepairing = this.#options.repair || this.#options.rebuild === true;
    const repaired = repair !== undefined && isRepairing;
    if (repaired) await repair();
    if (this.#problems.length >= problemsMax) return;
    this.#problems.push({ threadId, kind, detail, repaired });
  }

  #report(): void {
    this.#options.onProgress?.({ threads: this.#threads, items: this.#items });
  }
}

async function* rowsOf<R>(
  cursor: RowCursor,
  prefix: readonly string[],
): AsyncGenerator<R, void, undefined> {
  for (let entry = await cursor.peekIn(prefix); entry; entry = await cursor.peekIn(prefix)) {
    cursor.take();
    yield entry.row as R; // the wrapper checked it when it was written
  }
}

/** Skips the remaining rows of a thread and counts them. */
async function skipThread(cursor: ThreadCursor, id: string): Promise<Map<Table, number>> {
  const left = new Map<Table, number>();
  for (const rows of cursor.tables) {
    for await (const _row of rowsOf(rows, [id])) {
      left.set(rows.table, (left.get(rows.table) ?? 0) + 1);
    }
  }
  return left;
}

const problemsMax = 10_000;

/** A store receives one copy at a time, always under the same id, and has one id itself. */
async function examineStoreItself(exam: StoreExamination): Promise<void> {
  for await (const row of exam.rows(stores)) {
    if (row.id === ownId) continue;
    await exam.found('leftover', `the row ${row.id} of stores is none of this store`, () =>
      exam.records.commit({ deletes: [deletion(stores, [row.id], row)] }),
    );
  }
  for await (const row of exam.rows(copies)) {
    if (row.id === copyId) continue;
    await exam.found('leftover', `the copy ${row.id} of ${row.source} is none of this store`, () =>
      exam.records.commit({ deletes: [deletion(copies, [row.id], row)] }),
    );
  }
}
