import type { ExportOptions, ExportReport, ExportSelection } from '../../api/transfer.ts';
import { mustAddress, mustStoredAddress } from '../../domain/access/authorize.ts';
import type { Core } from '../../domain/base/core.ts';
import { isProtected } from '../../domain/keys/protection.ts';
import type { Row, Table } from '../../engine/engine.ts';
import { items, threads, type ThreadRow } from '../../records/tables.ts';
import { compareUtf8 } from '../../shared/bytes.ts';
import { notFound } from '../../shared/error.ts';
import type { StoredThreadId, ThreadAddress } from '../../shared/ids.ts';
import { isoTime } from '../../shared/iso-time.ts';
import { LruMap } from '../../shared/lru-map.ts';
import { createSha256 } from '../../shared/sha256.ts';
import { isHalfImported } from './half-imported.ts';
import { readRows, readThreadLines, type CountedLine, type ThreadLines } from './thread-lines.ts';
import { headerLine, rowLine, trailerLine } from './transfer-lines.ts';
import type { TransferMap } from './transfer-map.ts';

/** See `TransferApi.exportLines`. */
export function exportLines(
  core: Core,
  map: TransferMap,
  options: ExportOptions = {},
): AsyncGenerator<string, void, undefined> {
  return new StoreExport(core, map, options).lines();
}

/** Threads that are read before it is their turn: a server answers several at once. */
const aheadMax = 6;

class StoreExport {
  readonly #core: Core;
  readonly #map: TransferMap;
  readonly #options: ExportOptions;
  readonly #selection: ExportSelection;
  readonly #digest = createSha256();
  readonly #counts: Record<string, number> = {};
  /** The ids of the chosen threads, if only some are. */
  readonly #chosen: Set<string> | undefined;
  readonly #known = new LruMap<string, ThreadRow | null>(headsKnownMax);
  readonly #otherTables: string[] = [];
  #threads = 0;
  #otherThreads = 0;
  #changed = 0;

  constructor(core: Core, map: TransferMap, options: ExportOptions) {
    const { projectId, userId, threadIds } = options;
    this.#core = core;
    this.#map = map;
    this.#options = options;
    this.#selection = {
      ...(projectId !== undefined && { projectId }),
      ...(userId !== undefined && { userId }),
      ...(threadIds !== undefined && {
        threadIds: [...new Set(threadIds)].toSorted(compareUtf8),
      }),
    };
    for (const id of threadIds ?? []) this.#addressOf(id); // throws if it is none
    this.#chosen = threadIds && new Set();
  }

  async *lines(): AsyncGenerator<string, void, undefined> {
    const { leftOut } = this.#map;
    yield headerLine({
      writtenAt: isoTime(this.#core.clock()),
      selection: this.#selection,
      leftOut,
      isProtected: await this.#isProtected(),
    });
    for await (const thread of this.#readAhead()) yield* this.#linesOf(thread);
    for (const table of this.#map.others) yield* this.#linesOutside(table);
    yield trailerLine(this.#counts, this.#digest.digest());
    this.#options.onEnd?.(this.#report());
  }

  /**
   * Whether a store that is restored from the file must ask for credentials. What one user takes
   * along, or some threads, is no store.
   */
  async #isProtected(): Promise<boolean> {
    const { userId, threadIds } = this.#selection;
    if (userId !== undefined || threadIds !== undefined) return false;
    return isProtected(this.#core);
  }

  /** Threads in the order of their ids, a few of which are read before they are wanted. */
  async *#readAhead(): AsyncGenerator<ThreadLines, void, undefined> {
    const waiting: Promise<ThreadLines | undefined>[] = [];
    const comesAlong = (id: StoredThreadId): Promise<ThreadRow | undefined> => this.#comesAlong(id);
    try {
      for await (const id of this.#threadIds()) {
        this.#options.signal?.throwIfAborted();
        const reading = readThreadLines(this.#core, this.#map, id, comesAlong);
        reading.catch(() => undefined); // it is awaited in its turn, or not at all
        waiting.push(reading);
        if (waiting.length < aheadMax) continue;
        const thread = await waiting.shift();
        if (thread) yield thread;
      }
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const thread = await next;
        if (thread) yield thread;
      }
    } finally {
      await Promise.allSettled(waiting);
    }
  }

  async *#threadIds(): AsyncGenerator<StoredThreadId, void, undefined> {
    for (const id of this.#selection.threadIds ?? []) {
      const head = await this.#core.writer.head(this.#addressOf(id));
      if (head) this.#chosen?.add(head.id);
      if (head === undefined || !this.#isSelected(head)) throw notFound(`The thread ${id}`);
    }
    for await (const head of readRows(this.#core.records, threads, [])) {
      if (isHalfImported(head)) continue;
      if (this.#isSelected(head)) yield head.id;
      else if (head.deletedAt === undefined) this.#otherThreads++;
    }
  }

  #addressOf(threadId: string): ThreadAddress {
    const { projectId } = this.#selection;
    return projectId === undefined
      ? mustStoredAddress(threadId)
      : mustAddress({ projectId }, threadId);
  }

  #isSelected({ id, projectId, ownerId, deletedAt }: ThreadRow): boolean {
    const { projectId: project = projectId, userId = ownerId } = this.#selection;
    if (project !== projectId || userId !== ownerId) return false;
    return this.#chosen === undefined || (deletedAt === undefined && this.#chosen.has(id));
  }

  async #comesAlong(id: StoredThreadId): Promise<ThreadRow | undefined> {
    const head = await this.#headOf(id);
    return head?.deletedAt === undefined && head && this.#isSelected(head) ? head : undefined;
  }

  async #headOf(id: StoredThreadId): Promise<ThreadRow | undefined> {
    const known = this.#known.get(id);
    if (known !== undefined) return known ?? undefined;
    const head = await this.#core.records.get(threads, [id]);
    this.#known.set(id, head ?? null);
    return head;
  }

  async *#linesOf({ head, first, rest }: ThreadLines): AsyncGenerator<string, void, undefined> {
    for (const line of first) yield this.#count(line);
    if (rest) {
      for await (const line of rest) {
        this.#options.signal?.throwIfAborted();
        yield this.#count(line);
      }
      const now = await this.#core.records.get(threads, [head.id]);
      if (now?.version !== head.version) this.#changed++;
    }
    if (head.deletedAt === undefined) this.#threads++;
    this.#options.onProgress?.(this.#progress());
  }

  async *#linesOutside(table: Table): AsyncGenerator<string, void, undefined> {
    const { projectId, userId, threadIds } = this.#selection;
    const isPart = projectId !== undefined || userId !== undefined || threadIds !== undefined;
    for await (const row of readRows<Row>(this.#core.records, table, [])) {
      this.#options.signal?.throwIfAborted();
      if (!isPart || (await this.#isOfSelection(row))) {
        yield this.#count({ table: table.name, text: rowLine(table, row) });
      } else if (!this.#otherTables.includes(table.name)) this.#otherTables.push(table.name);
    }
  }

  /** A row outside threads belongs to a thread that it names, or else to its project. */
  async #isOfSelection(row: Row): Promise<boolean> {
    const { projectId, userId, threadIds } = this.#selection;
    if (typeof row.threadId === 'string') {
      // A column of that name holds the id of a thread.
      return (await this.#comesAlong(row.threadId as StoredThreadId)) !== undefined;
    }
    return projectId === row.projectId && userId === undefined && threadIds === undefined;
  }

  #count({ table, text }: CountedLine): string {
    this.#counts[table] = (this.#counts[table] ?? 0) + 1;
    this.#digest.update(`${text}\n`);
    return text;
  }

  #progress(): Pick<ExportReport, 'threads' | 'items' | 'rows'> {
    const rows = Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
    return { threads: this.#threads, items: this.#counts[items.name] ?? 0, rows };
  }

  #report(): ExportReport {
    const notTaken = { threads: this.#otherThreads, tables: this.#otherTables };
    return { ...this.#progress(), tables: this.#counts, notTaken, changed: this.#changed };
  }
}

const headsKnownMax = 1000;
