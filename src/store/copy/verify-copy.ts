import type { Key, Table } from '../../engine/engine.ts';
import { items, threads, type ThreadRow } from '../../records/tables.ts';
import { RowCursor, type Entry } from '../cursors/row-cursor.ts';
import { RowDigest, type Digest } from './row-digest.ts';
import type { StorePair } from './sync-stores.ts';
import { lesser, otherTablesOf, ThreadCursor } from '../cursors/thread-cursor.ts';

/** A thread, or a table outside threads, that differs between the two sides. */
export interface CopyMismatch {
  readonly threadId?: string;
  readonly table?: string;
  readonly from: Digest;
  readonly to: Digest;
}

/** The result of reading both stores. */
export interface Verification {
  /** Without deleted ones. */
  readonly threads: number;
  readonly items: number;
  /** In the source, by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Over everything in the source. */
  readonly digest: string;
  /** At most 1,000. */
  readonly mismatches: readonly CopyMismatch[];
  readonly mismatchCount: number;
}

/** Reads both stores completely and compares them, thread by thread and table by table. */
export async function verifyCopy(pair: StorePair): Promise<Verification> {
  const verifier = new Verifier(pair);
  await verifier.compareThreads();
  for (const table of otherTablesOf(pair.from)) await verifier.compareTable(table);
  return verifier.result();
}

const mismatchesMax = 1000;

class Verifier {
  readonly #pair: StorePair;
  readonly #rows: Record<string, number> = {};
  readonly #mismatches: CopyMismatch[] = [];
  readonly #whole = new RowDigest();
  #mismatchCount = 0;
  #threads = 0;

  constructor(pair: StorePair) {
    this.#pair = pair;
  }

  async compareThreads(): Promise<void> {
    const from = new ThreadCursor(this.#pair.from, undefined);
    const to = new ThreadCursor(this.#pair.to, undefined);
    for (;;) {
      this.#pair.throwIfAborted();
      const id = lesser(await from.peekId(), await to.peekId());
      if (id === undefined) return;
      const head = await from.heads.peekIn([id]);
      const count = (table: Table): void => {
        this.#count(table);
        this.#pair.onRow();
      };
      const digests = await Promise.all([digestThread(from, id, count), digestThread(to, id)]);
      // A row of `threads`.
      if (head && (head.row as ThreadRow).deletedAt === undefined) this.#threads++;
      await this.#compare({ threadId: id }, digests);
      this.#pair.onThread(head);
    }
  }

  async compareTable(table: Table): Promise<void> {
    this.#pair.throwIfAborted();
    const { from, to } = this.#pair;
    const digests = await Promise.all([
      digestTable(new RowCursor(from, table), () => this.#count(table)),
      digestTable(new RowCursor(to, table)),
    ]);
    await this.#compare({ table: table.name }, digests);
  }

  async result(): Promise<Verification> {
    return {
      threads: this.#threads,
      items: this.#rows[items.name] ?? 0,
      rows: this.#rows,
      digest: (await this.#whole.end()).digest,
      mismatches: this.#mismatches,
      mismatchCount: this.#mismatchCount,
    };
  }

  async #compare(
    what: { readonly threadId: string } | { readonly table: string },
    [from, to]: readonly [Digest, Digest],
  ): Promise<void> {
    await this.#whole.add('', { text: JSON.stringify([what, from]) });
    if (from.digest === to.digest) return;
    this.#mismatchCount++;
    if (this.#mismatches.length < mismatchesMax) this.#mismatches.push({ ...what, from, to });
  }

  #count({ name }: Table): void {
    this.#rows[name] = (this.#rows[name] ?? 0) + 1;
  }
}

async function digestThread(
  cursor: ThreadCursor,
  id: string,
  onRow?: (table: Table) => void,
): Promise<Digest> {
  const digest = new RowDigest();
  const head = await cursor.takeHead(id);
  if (head) await addTo(digest, threads, head, onRow);
  for (const rows of cursor.tables) await addAll(digest, rows, [id], onRow);
  return digest.end();
}

async function digestTable(rows: RowCursor, onRow?: (table: Table) => void): Promise<Digest> {
  const digest = new RowDigest();
  await addAll(digest, rows, [], onRow);
  return digest.end();
}

async function addAll(
  digest: RowDigest,
  rows: RowCursor,
  prefix: Key,
  onRow: ((table: Table) => void) | undefined,
): Promise<void> {
  for (let entry = await rows.peekIn(prefix); entry; entry = await rows.peekIn(prefix)) {
    rows.take();
    await addTo(digest, rows.table, entry, onRow);
  }
}

async function addTo(
  digest: RowDigest,
  table: Table,
  entry: Entry,
  onRow: ((table: Table) => void) | undefined,
): Promise<void> {
  await digest.add(table.name, entry);
  onRow?.(table);
}
