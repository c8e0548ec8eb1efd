import type { Commit, Delete, Key, Put, Row } from '../engine/engine.ts';
import { assert } from '../shared/assert.ts';
import { nextItemId, type ItemId } from '../shared/ids.ts';
import type { ThreadCommit } from './hints.ts';
import { deletion, expectAbsent, expectVersion, put } from './records.ts';
import type { TypedTable } from './table.ts';
import {
  changes,
  items,
  requests,
  tags,
  taskQueue,
  threads,
  type ChangeRow,
  type ItemRow,
  type RequestRow,
  type TagRow,
  type TaskRow,
  type ThreadRow,
} from './tables.ts';

/** An item without what the log gives it: its thread, id and place. */
export type ItemContent = Omit<ItemRow, 'threadId' | 'id' | 'position' | 'commitVersion'>;

/**
 * The commit of a thread in the making: several operations add to it, one after the other, each
 * seeing what the ones before it did. An operation that throws is undone (`rollback`), the others
 * stand.
 *
 * Invariants: `head` is what the head will be; ids rise; every item and change has its own place in
 * the order of versions.
 */
export class ThreadDraft {
  readonly #base: ThreadRow;
  readonly nowMs: number;
  head: ThreadRow;
  readonly #puts: Put[] = [];
  readonly #deletes: Delete[] = [];
  #items: ItemRow[] = [];
  readonly #changes: ChangeRow[] = [];
  readonly #requests: RequestRow[] = [];
  /** Stored items that this draft replaces, and what it replaces them with. */
  readonly #rewritten = new Map<ItemId, Rewrite>();
  /**
   * Rows with a version of their own. Never changed in place, so that a rollback finds the old one
   * as it was.
   */
  #versioned: ReadonlyMap<string, VersionedWrite> = new Map();

  constructor(base: ThreadRow, nowMs: number) {
    this.#base = base;
    this.head = base;
    this.nowMs = nowMs;
  }

  get isEmpty(): boolean {
    const rows =
      this.#puts.length + this.#deletes.length + this.#items.length + this.#requests.length;
    return rows + this.#versioned.size === 0 && !this.isHeadChanged;
  }

  /** The thread is being created: nothing of it is stored yet. */
  get isNew(): boolean {
    return this.#base.version === 0;
  }

  get isHeadChanged(): boolean {
    return this.head !== this.#base;
  }

  /** Where to return to when an operation fails. */
  savepoint(): Savepoint {
    return {
      head: this.head,
      puts: this.#puts.length,
      deletes: this.#deletes.length,
      items: this.#items,
      itemCount: this.#items.length,
      changes: this.#changes.length,
      requests: this.#requests.length,
      rewritten: this.#rewritten.size === 0 ? undefined : new Map(this.#rewritten),
      versioned: this.#versioned,
    };
  }

  rollback(savepoint: Savepoint): void {
    this.head = savepoint.head;
    this.#puts.length = savepoint.puts;
    this.#deletes.length = savepoint.deletes;
    this.#items = savepoint.items;
    this.#items.length = savepoint.itemCount;
    this.#changes.length = savepoint.changes;
    this.#requests.length = savepoint.requests;
    this.#rewritten.clear();
    for (const [id, row] of savepoint.rewritten ?? []) this.#rewritten.set(id, row);
    this.#versioned = savepoint.versioned;
  }

  /** Changes the head; every call is a step of its version. */
  updateHead(patch: Partial<ThreadRow>): void {
    const { nowMs } = this;
    this.head = {
      ...this.head,
      updatedAt: nowMs,
      listedAt: nowMs - (nowMs % 1000),
      ...patch,
      version: this.head.version + 1,
    };
  }

  /** Appends items, in order, as one step of the version. The caller then updates the preview. */
  append(contents: readonly ItemContent[]): ItemRow[] {
    const { head } = this;
    let last = head.lastItemId;
    const rows = contents.map((content, i) => {
      last = nextItemId(last, this.nowMs);
      return {
        ...content,
        threadId: head.id,
        id: last,
        position: head.itemCount + i + 1,
        commitVersion: head.version + 1,
      };
    });
    assert(last !== undefined, 'an append has items');
    for (const row of rows) this.#items.push(row);
    this.updateHead({
      itemCount: head.itemCount + rows.length,
      messageCount: messagesIn(head) + rows.filter(isMessage).length,
      lastItemId: last,
    });
    return rows;
  }

  /** Records an amendment, as a step of the version of its own. */
  addChange(change: Pick<ChangeRow, 'type' | 'itemId' | 'revisionId' | 'authorId'>): void {
    this.updateHead({});
    const { id, version } = this.head;
    this.#changes.push({ ...change, threadId: id, version, createdAt: this.nowMs });
  }

  /** Replaces an item of this thread's own log. */
  rewriteItem(row: ItemRow, replaces: ItemRow): void {
    const before = this.findItem(row.id) ?? replaces;
    if (isMessage(before) !== isMessage(row)) {
      const messageCount = messagesIn(this.head) + (isMessage(row) ? 1 : -1);
      this.head = { ...this.head, messageCount };
    }
    const pending = this.#items.findIndex(({ id }) => id === row.id);
    // A new array, so that a rollback finds the old one as it was.
    if (pending >= 0) this.#items = this.#items.with(pending, row);
    else
      this.#rewritten.set(row.id, {
        row,
        replaces: this.#rewritten.get(row.id)?.replaces ?? replaces,
      });
  }

  /** The item as this draft leaves it, or `undefined` if the draft does not touch it. */
  findItem(id: ItemId): ItemRow | undefined {
    return this.#rewritten.get(id)?.row ?? this.#items.find((row) => row.id === id);
  }

  /** The items that this draft appends, in order. */
  get appended(): readonly ItemRow[] {
    return this.#items;
  }

  findItemByKey(key: string): ItemRow | undefined {
    return this.#items.find((row) => row.key === key);
  }

  /** The revisions that this draft has added to an item. */
  findRevisions(originalId: ItemId): ItemRow[] {
    return this.#items.filter((row) => row.originalId === originalId);
  }

  /** A request under an idempotency key that an earlier operation of this draft has answered. */
  findRequest(scope: string, userId: string, key: string): RequestRow | undefined {
    return this.#requests.find(
      (row) => row.scope === scope && row.userId === userId && row.key === key,
    );
  }

  /** A row that an earlier operation of this draft has put, items apart. */
  findPut<R extends Row>(table: TypedTable<R>, key: Key): R | undefined {
    return this.listPuts(table).findLast((row) =>
      table.key.every((name, i) => row[name] === key[i]),
    );
  }

  /** The rows that the operations of this draft have put, in their order, items apart. */
  listPuts<R extends Row>(table: TypedTable<R>): R[] {
    const rows = this.#puts.filter((other) => other.table === table).map(({ row }) => row);
    return rows as R[]; // what was put into a table has its type
  }

  putRequest(row: RequestRow): void {
    this.#requests.push(row);
  }

  /** The tasks that the commit promises. */
  get promised(): readonly TaskRow[] {
    return this.listPuts(taskQueue);
  }

  /**
   * What this draft makes of a row that has a version of its own, or `undefined` if it does not
   * touch it.
   */
  findVersioned<R extends VersionedRow>(table: TypedTable<R>, key: Key): Written<R> | undefined {
    const write = this.#versioned.get(nameOf(table, key));
    return write && { row: write.row as R | undefined }; // what was written to a table has its type
  }

  /** The rows of a table with versions of their own that this draft writes. */
  listVersioned<R extends VersionedRow>(table: TypedTable<R>): R[] {
    const writes = [...this.#versioned.values()].filter((write) => write.table === table);
    return writes.flatMap(({ row }) => (row ? [row as R] : [])); // as above
  }

  /**
   * Writes a row that has a version of its own, or deletes it where there is no row. Others may
   * write it without a step of the thread's version, so the commit is guarded by the row's, too: by
   * what was `stored` before this draft. `key` begins with the thread's id.
   */
  writeVersioned<R extends VersionedRow>(
    table: TypedTable<R>,
    key: Key,
    row: R | undefined,
    stored: R | undefined,
  ): void {
    const name = nameOf(table, key);
    const written = this.#versioned.get(name);
    const write = { table, key, row, stored: written ? written.stored : stored };
    this.#versioned = new Map(this.#versioned).set(name, write);
  }

  put(row: Put): void {
    this.#puts.push(row);
  }

  delete(row: Delete): void {
    this.#deletes.push(row);
  }

  /**
   * The commit, guarded by the version that everything was read under; of a new thread, by its
   * absence.
   */
  toCommit(): Commit {
    // Every change of the head is a step of its version, or another process could overwrite it
    // unseen.
    if (this.isHeadChanged && this.head.version === this.#base.version) {
      this.head = { ...this.head, version: this.head.version + 1 };
    }
    const { head, isNew } = this;
    const puts = this.#items.map((row) => put(items, row, null));
    for (const { row, replaces } of this.#rewritten.values()) puts.push(put(items, row, replaces));
    for (const row of this.#changes) puts.push(put(changes, row, null));
    for (const row of this.#requests) puts.push(put(requests, row)); // one that expired may be there
    // One by one: a call takes only so many arguments, and a checkpoint may have more elements.
    for (const row of this.#puts) puts.push(row);
    const deletes = [...this.#deletes];
    if (this.isHeadChanged) {
      puts.push(put(threads, head, isNew ? null : this.#base));
      moveTags(this.#base, head, puts, deletes);
    }
    const guard = isNew
      ? expectAbsent(threads, [head.id])
      : expectVersion(threads, [head.id], this.#base.version);
    const expects = [guard];
    for (const { table, key, row, stored } of this.#versioned.values()) {
      if (row) puts.push(put(table, row, stored ?? null));
      else if (stored) deletes.push(deletion(table, key, stored));
      expects.push(stored ? expectVersion(table, key, stored.version) : expectAbsent(table, key));
    }
    return { puts, deletes, expects };
  }

  /** What live readers are told, or `undefined` if there is nothing to tell. */
  toThreadCommit(): ThreadCommit | undefined {
    if (!this.isHeadChanged) return undefined;
    const { version } = this.#base;
    return { baseVersion: version, head: this.head, items: this.#items, changes: this.#changes };
  }
}

/**
 * Whether an item counts as one more message: what a user or an assistant said, where people see
 * it.
 */
export function isMessage({ role, visibility, originalId, redactedAt }: ItemRow): boolean {
  const isSaid = role === 'user' || role === 'assistant';
  return isSaid && visibility === 'visible' && originalId === undefined && redactedAt === undefined;
}

/** Of a fork that nobody has counted, what it inherits counts as messages. */
export function messagesIn({ messageCount, itemCount }: ThreadRow): number {
  return messageCount ?? itemCount;
}

/** A row that is guarded by a version of its own. */
export type VersionedRow = Row & { readonly version: number };

/** `row` is `undefined` when the draft deletes it. */
export interface Written<R> {
  readonly row: R | undefined;
}

interface VersionedWrite {
  readonly table: TypedTable<VersionedRow>;
  readonly key: Key;
  /** What it becomes; `undefined` when it is deleted. */
  readonly row: VersionedRow | undefined;
  /** What was there before this draft. */
  readonly stored: VersionedRow | undefined;
}

function nameOf(table: TypedTable<VersionedRow>, key: Key): string {
  return JSON.stringify([table.id, ...key]);
}

interface Rewrite {
  readonly row: ItemRow;
  readonly replaces: ItemRow;
}

interface Savepoint {
  readonly head: ThreadRow;
  readonly puts: number;
  readonly deletes: number;
  readonly items: ItemRow[];
  readonly itemCount: number;
  readonly changes: number;
  readonly requests: number;
  readonly rewritten: ReadonlyMap<ItemId, Rewrite> | undefined;
  readonly versioned: ReadonlyMap<string, VersionedWrite>;
}

/** The rows of a thread in the lists of its tags. */
export function tagRowsOf(head: ThreadRow): TagRow[] {
  const { listedAt } = head;
  if (listedAt === undefined || head.tags.length === 0) return [];
  const { id: threadId, projectId, ownerId, archived } = head;
  return head.tags.map((tag) => ({ threadId, tag, projectId, ownerId, archived, listedAt }));
}

/** Moves the thread in the lists of its tags, only where its place there changed. */
function moveTags(base: ThreadRow, head: ThreadRow, puts: Put[], deletes: Delete[]): void {
  if (base.tags.length + head.tags.length === 0) return;
  const before = new Map(tagRowsOf(base).map((row) => [row.tag, row]));
  for (const row of tagRowsOf(head)) {
    const old = before.get(row.tag);
    before.delete(row.tag);
    const isSame = old?.listedAt === row.listedAt && old.archived === row.archived;
    if (!isSame) puts.push(put(tags, row, old ?? null));
  }
  for (const old of before.values()) deletes.push(deletion(tags, [old.threadId, old.tag], old));
}
