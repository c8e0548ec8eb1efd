import type { Core } from '../../domain/base/core.ts';
import { compareKeys, keyOf } from '../../engine/compare-keys.ts';
import type { Delete, Key, Put, Row, Table } from '../../engine/engine.ts';
import { deletion, expectAbsent, expectVersion, put } from '../../records/records.ts';
import { forks, items, threads, type ThreadRow } from '../../records/tables.ts';
import { afterLostRace, backOff } from '../../shared/backoff.ts';
import { formerThreadId, publicThreadId, storedThreadId } from '../../shared/ids.ts';
import { ConflictError, SkeinError } from '../../shared/error.ts';
import { createSha256, type Sha256 } from '../../shared/sha256.ts';
import { isHalfImported, standInFor } from './half-imported.ts';
import { conflict, ThreadComparison } from './thread-comparison.ts';
import { readRows } from './thread-lines.ts';
import { rowLine } from './transfer-lines.ts';
import type { TransferMap } from './transfer-map.ts';

/** What has become of a thread of a file. */
type Arrival = 'created' | 'continued' | 'found' | 'kept' | 'deleted';

/** What is done with the rows of a thread. */
type Fate =
  | { readonly kind: 'new'; readonly standIn: ThreadRow | undefined }
  | { readonly kind: 'compared'; readonly with: ThreadComparison; readonly stored: ThreadRow }
  | { readonly kind: 'found' | 'kept' | 'deleted' };

/**
 * One thread on its way from a file into a store. A thread that fits into one commit arrives with
 * it. Of a larger one a stand-in is there first, and its head replaces that at the end. Each import
 * gives the stand-in a version of its own, which guards all of its commits: an import that another
 * one has taken the thread from writes nothing more of it.
 *
 * States: `#fate` is undefined until the store was asked for the thread; then rows are written, or
 * compared with those of the store, or dropped. `complete` is called once, after the last row.
 */
export class ThreadArrival {
  readonly head: ThreadRow;
  readonly line: number;
  readonly #core: Core;
  readonly #map: TransferMap;
  readonly #digests = new Map<Table, Sha256>();
  #puts: Put[] = [];
  #characters = 0;
  #fate: Fate | undefined;
  #last: { readonly table: Table; readonly key: Key } | undefined;
  /** The head that this import has last read or written. */
  #known: ThreadRow | undefined;
  rows = 1;
  items = 0;

  constructor(core: Core, map: TransferMap, head: ThreadRow, line: number) {
    this.#core = core;
    this.#map = map;
    this.head = head;
    this.line = line;
  }

  /** Rows come in the order in which they are read back: table by table, in the order of keys. */
  async add(table: Table, row: Row): Promise<void> {
    this.#mustFollow(table, row);
    const stored = this.#map.arrive[table.name]?.(row) ?? row;
    const text = rowLine(table, stored);
    this.#digestOf(table).update(`${text}\n`);
    // The thread is new, and no row comes twice: there is nothing to replace.
    this.#puts.push({ table, row: stored, replaces: null });
    this.#characters += text.length;
    this.rows++;
    if (table === items) this.items++;
    const isFull = this.#puts.length >= putsMax || this.#characters >= charactersMax;
    if (isFull) await this.flush();
  }

  #digestOf(table: Table): Sha256 {
    const digest = this.#digests.get(table) ?? createSha256();
    this.#digests.set(table, digest);
    return digest;
  }

  #mustFollow(table: Table, row: Row): void {
    const last = this.#last;
    this.#last = { table, key: keyOf(table, row) };
    if (last === undefined) return;
    const order = this.#map.ofThreads.indexOf(table) - this.#map.ofThreads.indexOf(last.table);
    if (order > 0 || (order === 0 && compareKeys(this.#last.key, last.key) > 0)) return;
    const what = `${table.name} ${JSON.stringify(this.#last.key)}`;
    throw new SkeinError('invalid_request', `the row ${what} is out of order in its thread`);
  }

  /** Writes the waiting rows under a stand-in for the head, or compares them. */
  async flush(): Promise<void> {
    const puts = this.#puts;
    this.#puts = [];
    this.#characters = 0;
    const fate = await this.#begin();
    if (fate.kind === 'compared')
      for (const { table, row } of puts) await fate.with.take(table, row);
    if (fate.kind !== 'new' || puts.length === 0) return;
    const standIn = await this.#commit({ puts }, fate.standIn!); // `#begin` has seen to it
    this.#fate = { kind: 'new', standIn };
  }

  /** Whether the threads that it inherits from are there. */
  async hasSources(): Promise<boolean> {
    const lineage = this.head.lineage ?? [];
    const keys = lineage.map(({ threadId }) => [threadId]);
    const heads = await this.#core.records.getExisting(threads, keys);
    return heads.length === keys.length && !heads.some(isHalfImported);
  }

  /** Whether another program has written to the thread since this import looked at it. */
  async isMoved(): Promise<boolean> {
    const known = this.#known;
    const stored = await this.#core.records.get(threads, [this.head.id]);
    return stored?.version !== known?.version || stored?.deletedAt !== known?.deletedAt;
  }

  /** Writes what is left, makes the thread visible, and compares it with the file. */
  async complete(): Promise<Arrival> {
    const fate = await this.#create();
    if (fate === undefined) return 'created';
    await this.flush();
    return fate.kind === 'compared' ? this.#goOn(fate.with, fate.stored) : fate.kind;
  }

  /** Makes the thread visible, unless the store has it. */
  async #create(): Promise<Exclude<Fate, { readonly kind: 'new' }> | undefined> {
    for (let attempt = 1; ; attempt++) {
      const fate = (this.#fate ??= await this.#decide());
      if (fate.kind !== 'new') return fate;
      if (await this.#appear(fate.standIn)) return undefined;
      this.#fate = undefined; // another program has made it meanwhile
      if (!(await backOff(attempt, afterLostRace))) throw takenOver();
    }
  }

  /** Commits the head with the last rows; says whether the thread was free for it. */
  async #appear(standIn: ThreadRow | undefined): Promise<boolean> {
    const { id } = this.head;
    const puts = [put(threads, this.head, standIn ?? null), ...this.#puts];
    if (standIn) await this.#commit({ puts }, standIn);
    else {
      const expects = [expectAbsent(threads, [id])];
      if (!(await this.#won(this.#core.records.commit({ puts, expects })))) return false;
    }
    this.#known = this.head;
    this.#puts = [];
    await this.#verify(this.#map.ofThreads);
    this.#core.hints.threads.wake(id);
    return true;
  }

  /** Brings a thread of the store that the file goes on from to the state of the file. */
  async #goOn(comparison: ThreadComparison, stored: ThreadRow): Promise<Arrival> {
    const difference = await comparison.finish();
    if (difference === undefined) return 'found';
    const { puts, deletes, itemsAdded } = difference;
    const commit = this.#core.records.commit({
      puts: [put(threads, this.head, stored), ...puts],
      deletes,
      expects: [expectVersion(threads, [stored.id], stored.version)],
    });
    if (!(await this.#won(commit)))
      throw conflict('it was changed here meanwhile: import it again');
    this.#known = this.head;
    this.rows = puts.length + 1;
    this.items = itemsAdded;
    // Forks that this store knows stay listed beside those of the file.
    await this.#verify(this.#map.ofThreads.filter((table) => table !== forks));
    this.#core.writer.forget(stored.id);
    this.#core.hints.threads.wake(stored.id);
    return 'continued';
  }

  /** Decides what to do with the rows, and claims a thread of which more than one commit comes. */
  async #begin(): Promise<Fate> {
    for (let attempt = 1; ; attempt++) {
      const fate = (this.#fate ??= await this.#decide());
      if (fate.kind !== 'new' || fate.standIn !== undefined) return fate;
      const { id } = this.head;
      const standIn = standInFor(this.head, this.#core.clock());
      const commit = this.#core.records.commit({
        puts: [put(threads, standIn, null)],
        expects: [expectAbsent(threads, [id])],
      });
      this.#fate = (await this.#won(commit)) ? { kind: 'new', standIn } : undefined;
      if (this.#fate === undefined && !(await backOff(attempt, afterLostRace))) throw takenOver();
    }
  }

  async #decide(): Promise<Fate> {
    const { head } = this;
    const { records } = this.#core;
    for (let attempt = 1; ; attempt++) {
      const stored = await records.get(threads, [head.id]);
      this.#known = stored;
      if (stored === undefined) {
        await this.#mustBeFree();
        return { kind: 'new', standIn: undefined };
      }
      if (!isHalfImported(stored)) return this.#decideBeside(stored);
      const standIn = standInFor(head, this.#core.clock(), stored.version - 1);
      const claim = records.commit({
        puts: [put(threads, standIn, stored)],
        expects: [expectVersion(threads, [head.id], stored.version)],
      });
      if (await this.#won(claim)) return { kind: 'new', standIn: await this.#empty(standIn) };
      if (!(await backOff(attempt, afterLostRace))) throw takenOver();
    }
  }

  /** Callers know two stored ids as one, with the project and without: only one may be there. */
  async #mustBeFree(): Promise<void> {
    const { id, projectId } = this.head;
    const present = storedThreadId(projectId, publicThreadId(id));
    const other = id === present ? formerThreadId(id)?.id : present;
    const stored = other && (await this.#core.records.get(threads, [other]));
    if (stored?.projectId === projectId) throw conflict('another thread of its project has its id');
  }

  #decideBeside(stored: ThreadRow): Fate {
    const { head } = this;
    if (stored.deletedAt !== undefined) {
      return { kind: head.deletedAt === undefined ? 'deleted' : 'found' };
    }
    if (!isSameThread(stored, head)) throw conflict('another thread of this store has its id');
    if (head.deletedAt !== undefined) return { kind: 'kept' };
    const comparison = new ThreadComparison(this.#core, this.#map, stored, head);
    return { kind: 'compared', with: comparison, stored };
  }

  /** Deletes what an import before this one has left, in commits that this one's claim guards. */
  async #empty(claimed: ThreadRow): Promise<ThreadRow> {
    let standIn = claimed;
    for (const table of this.#map.ofThreads) {
      let deletes: Delete[] = [];
      for await (const row of readRows<Row>(this.#core.records, table, [this.head.id])) {
        deletes.push(deletion(table, keyOf(table, row), row));
        if (deletes.length < deletesMax) continue;
        standIn = await this.#commit({ deletes }, standIn);
        deletes = [];
      }
      if (deletes.length > 0) standIn = await this.#commit({ deletes }, standIn);
    }
    return standIn;
  }

  /** A commit of a thread that is half there, for which a stand-in stands. */
  async #commit(
    {
      puts = [],
      deletes = [],
    }: { readonly puts?: readonly Put[]; readonly deletes?: readonly Delete[] },
    standIn: ThreadRow,
  ): Promise<ThreadRow> {
    const expects = [expectVersion(threads, [this.head.id], standIn.version)];
    const isLast = puts.some(({ table }) => table === threads);
    // So another import that waits for the thread sees that this one goes on.
    const next = { ...standIn, itemCount: standIn.itemCount + 1 };
    const all = isLast ? puts : [put(threads, next, standIn), ...puts];
    this.#known = standIn;
    if (await this.#won(this.#core.records.commit({ puts: all, deletes, expects }))) return next;
    throw takenOver();
  }

  /** Whether a guarded commit was made. */
  async #won(commit: Promise<void>): Promise<boolean> {
    try {
      await commit;
      return true;
    } catch (error) {
      if (error instanceof ConflictError) return false;
      throw error;
    }
  }

  async #verify(tables: readonly Table[]): Promise<void> {
    const { records } = this.#core;
    for (const table of tables) {
      let digest: Sha256 | undefined; // most tables have no rows of most threads
      for await (const row of readRows<Row>(records, table, [this.head.id])) {
        digest ??= createSha256();
        digest.update(`${rowLine(table, row)}\n`);
      }
      const isSame = digest?.digest() === this.#digests.get(table)?.digest();
      if (!isSame) throw conflict('it does not read back as it stands in the file');
    }
    const stored = await records.get(threads, [this.head.id]);
    if (stored && rowLine(threads, stored) === rowLine(threads, this.head)) return;
    throw conflict('it does not read back as it stands in the file');
  }
}

const putsMax = 1000;
const charactersMax = 1024 * 1024;
/** Rows are in memory until they are deleted: their index entries go with them. */
const deletesMax = 32;

/** In another state it may have another owner, since threads are handed over. */
function isSameThread(stored: ThreadRow, head: ThreadRow): boolean {
  if (stored.projectId !== head.projectId || stored.createdAt !== head.createdAt) return false;
  if (stored.ownerId !== head.ownerId && stored.version === head.version) return false;
  // A tombstone does not keep it.
  return head.deletedAt !== undefined || stored.createdHash === head.createdHash;
}

function takenOver(): SkeinError {
  return conflict('another import is bringing it: import the file again when that has ended');
}
