import type { Core } from '../../domain/base/core.ts';
import { findItem } from '../../domain/log/item-log.ts';
import { compareKeys, keyOf } from '../../engine/compare-keys.ts';
import type { Key, Put, Row, Table } from '../../engine/engine.ts';
import { expectAbsent, expectVersion, put } from '../../records/records.ts';
import { items, threads, type ThreadRow } from '../../records/tables.ts';
import { ConflictError, SkeinError } from '../../shared/error.ts';
import { createSha256 } from '../../shared/sha256.ts';
import { isHalfImported, standInFor } from './half-imported.ts';
import { readRows } from './thread-lines.ts';
import { rowLine } from './transfer-lines.ts';
import type { TransferMap } from './transfer-map.ts';

/** What has become of a thread of a file. */
type Arrival = 'created' | 'found' | 'deleted';

/**
 * One thread on its way from a file into a store. A thread that fits into one commit arrives with
 * it. Of a larger one a stand-in is there first, and its head replaces that at the end.
 *
 * States: `#fate` is undefined until the store was asked for the thread; then rows are written, or
 * dropped if the store has the thread. `complete` is called once, after the last row.
 */
export class ThreadArrival {
  readonly head: ThreadRow;
  readonly line: number;
  readonly #core: Core;
  readonly #map: TransferMap;
  readonly #digest = createSha256();
  #puts: Put[] = [];
  #characters = 0;
  #fate: Arrival | undefined;
  #standIn: ThreadRow | undefined;
  #last: { readonly table: Table; readonly key: Key } | undefined;
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
    this.#digest.update(`${text}\n`);
    // The thread is new, and no row comes twice: there is nothing to replace.
    this.#puts.push({ table, row: stored, replaces: null });
    this.#characters += text.length;
    this.rows++;
    if (table === items) this.items++;
    const isFull = this.#puts.length >= putsMax || this.#characters >= charactersMax;
    if (isFull) await this.flush();
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

  /** Writes the waiting rows, under a stand-in for the head. */
  async flush(): Promise<void> {
    this.#fate ??= await this.#decide();
    const puts = this.#puts;
    this.#puts = [];
    this.#characters = 0;
    if (this.#fate !== 'created') return;
    const { id } = this.head;
    const standIn = this.#standIn ?? standInFor(this.head, this.#core.clock());
    const isNew = this.#standIn === undefined;
    await this.#core.records.commit({
      puts: isNew ? [put(threads, standIn, null), ...puts] : puts,
      expects: [isNew ? expectAbsent(threads, [id]) : expectVersion(threads, [id], 0)],
    });
    this.#standIn = standIn;
  }

  /** Whether the threads that it inherits from are there. */
  async hasSources(): Promise<boolean> {
    const lineage = this.head.lineage ?? [];
    const keys = lineage.map(({ threadId }) => [threadId]);
    const heads = await this.#core.records.getExisting(threads, keys);
    return heads.length === keys.length && !heads.some(isHalfImported);
  }

  /** Writes what is left, makes the thread visible, and compares it with the file. */
  async complete(): Promise<Arrival> {
    this.#fate ??= await this.#decide();
    if (this.#fate !== 'created') return this.#fate;
    const { id } = this.head;
    const before = this.#standIn ?? null;
    try {
      await this.#core.records.commit({
        puts: [put(threads, this.head, before), ...this.#puts],
        expects: [before ? expectVersion(threads, [id], 0) : expectAbsent(threads, [id])],
      });
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      throw new SkeinError('conflict', 'it was made by another program meanwhile', {
        cause: error,
      });
    }
    this.#puts = [];
    await this.#verify();
    this.#core.hints.threads.wake(id);
    return 'created';
  }

  async #decide(): Promise<Arrival> {
    const { id } = this.head;
    const { records } = this.#core;
    const stored = await records.get(threads, [id]);
    if (stored === undefined) return 'created';
    if (isHalfImported(stored)) {
      for (const table of this.#map.ofThreads) {
        await records.deletePrefix(table, [id]);
      }
      this.#standIn = stored;
      return 'created';
    }
    if (stored.deletedAt !== undefined) {
      return this.head.deletedAt === undefined ? 'deleted' : 'found';
    }
    await this.#mustBeLater(stored);
    return 'found';
  }

  /** A thread that is in the store must be this one, as the file has it or further on. */
  async #mustBeLater(stored: ThreadRow): Promise<void> {
    const { head } = this;
    const isSame = (['projectId', 'ownerId', 'createdAt'] as const).every(
      (name) => stored[name] === head[name],
    );
    if (!isSame) throw conflict('another thread of this store has its id');
    if (head.deletedAt !== undefined) return;
    if (stored.version < head.version) {
      throw conflict('this store has it in an earlier state, which was not changed');
    }
    const { lastItemId } = head;
    if (lastItemId === undefined) return;
    if ((await findItem(this.#core.records, stored, lastItemId)) !== undefined) return;
    throw conflict('this store has it with other items, which were not changed');
  }

  async #verify(): Promise<void> {
    const { records } = this.#core;
    const digest = createSha256();
    for (const table of this.#map.ofThreads) {
      const rows = readRows<Row>(records, table, [this.head.id]);
      for await (const row of rows) digest.update(`${rowLine(table, row)}\n`);
    }
    const stored = await records.get(threads, [this.head.id]);
    const isHeadSame = stored && rowLine(threads, stored) === rowLine(threads, this.head);
    if (isHeadSame && digest.digest() === this.#digest.digest()) return;
    throw conflict('it does not read back as it stands in the file');
  }
}

const putsMax = 1000;
const charactersMax = 1024 * 1024;

function conflict(message: string): SkeinError {
  return new SkeinError('conflict', message);
}
