/** Long because operations see one another's effects through all that a draft holds. */
import type { Commit, Delete, Expect, Key, Put, Row } from '../engine/engine.ts';
import { assert } from '../shared/assert.ts';
import { newTag, nextItemId, type ItemId } from '../shared/ids.ts';
import { changeMark, quietTag } from './change-mark.ts';
import type { ThreadCommit } from './hints.ts';
import type { Signal } from './signals.ts';
import { expectAbsent, expectVersion, put } from './records.ts';
import type { TypedTable } from './table.ts';
import {
  changes,
  items,
  requests,
  taskQueue,
  threads,
  type ChangeRow,
  type ItemRow,
  type RequestRow,
  type TaskRow,
  type ThreadRow,
} from './tables.ts';
import { isMessage, ownItemsAfter, positionsAfter } from './message-position.ts';
import { moveTags } from './tag-rows.ts';
import { VersionedWrites, type VersionedRow, type Written } from './versioned-writes.ts';

/**
 * An item without what the log assigns: its thread, id and position. Only one that is restored
 * brings its id, which is greater than every id before it.
 */
export type ItemContent = Omit<ItemRow, 'threadId' | 'id' | 'position' | 'commitVersion'> & {
  readonly id?: ItemId;
};

/**
 * A commit of a thread under construction. Several operations add to it in turn, each seeing the
 * effects of those before. An operation that throws is undone (`rollback`); the others remain.
 *
 * Invariants: `head` is the head after the commit; ids rise; every item and change has its own
 * position in the order of versions.
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
  /** The stored items that this draft replaces, and their replacements. */
  readonly #rewritten = new Map<ItemId, Rewrite>();
  #versioned: VersionedWrites = VersionedWrites.none;
  readonly #signals: Signal[] = [];
  /** The head as the last quiet change left it. */
  #quiet: ThreadRow | undefined;
  /** The results of the steps that were done before the current operation, by name. */
  #done: ReadonlyMap<string, unknown> | undefined;
  /** The steps that the current operation wants done before it. */
  wanted: Map<string, () => Promise<unknown>> | undefined;

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

  /** The draft creates the thread: nothing of it is stored yet. */
  get isNew(): boolean {
    return this.#base.version === 0;
  }

  get isHeadChanged(): boolean {
    return this.head !== this.#base;
  }

  /** The state to restore if an operation fails. */
  savepoint(): Savepoint {
    return {
      head: this.head,
      puts: this.#puts.length,
      deletes: this.#deletes.length,
      items: this.#items,
      itemCount: this.#items.length,
      changes: this.#changes.length,
      signals: this.#signals.length,
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
    this.#signals.length = savepoint.signals;
    this.#requests.length = savepoint.requests;
    this.#rewritten.clear();
    for (const [id, row] of savepoint.rewritten ?? []) this.#rewritten.set(id, row);
    this.#versioned = savepoint.versioned;
  }

  /** Begins an operation, before which these steps were done. */
  begin(done: ReadonlyMap<string, unknown> | undefined): void {
    this.#done = done;
    this.wanted = undefined;
  }

  /**
   * Asks for a step that must be committed before this operation, such as taking a lease. The
   * writer undoes the operation, does the step, and runs the operation again, which then finds the
   * result with `doneFirst`. An operation that throws has nothing done for it.
   */
  doFirst(name: string, step: () => Promise<unknown>): void {
    this.wanted ??= new Map();
    this.wanted.set(name, step);
  }

  /** The result of the step of this name, if it was done. */
  doneFirst(name: string): unknown {
    return this.#done?.get(name);
  }

  /** Changes the head. Every call is a step of its version. */
  updateHead(patch: Partial<ThreadRow>): void {
    const next = this.#nextHead();
    this.head = { ...next, ...patch, version: next.version };
  }

  #nextHead(): ThreadRow {
    const { head, nowMs } = this;
    const listedAt = nowMs - (nowMs % 1000);
    return { ...head, updatedAt: nowMs, listedAt, version: head.version + 1 };
  }

  /**
   * Appends items, in order, as one step of the version. The caller must then update the preview.
   */
  append(contents: readonly ItemContent[]): ItemRow[] {
    const { head } = this;
    let last = head.lastItemId;
    const positions = positionsAfter(head, contents);
    const rows = contents.map((content, i) => {
      const { id = nextItemId(last, this.nowMs) } = content;
      assert(last === undefined || id > last, 'ids of items must rise');
      last = id;
      return {
        ...content,
        threadId: head.id,
        id,
        position: head.itemCount + i + 1,
        messagePosition: positions[i]!, // one for each
        commitVersion: head.version + 1,
      };
    });
    assert(last !== undefined, 'an append must have items');
    for (const row of rows) this.#items.push(row);
    this.#moveEnd(head, rows, last);
    return rows;
  }

  /** Fields by name, and no spread of some: this runs for every append. */
  #moveEnd(head: ThreadRow, rows: readonly ItemRow[], lastItemId: ItemId): void {
    const own = ownItemsAfter(head, rows);
    this.head = {
      ...this.#nextHead(),
      itemCount: head.itemCount + rows.length,
      messageCount: messagesIn(head) + countMessages(rows),
      lastItemId,
      messagePosition: own.messagePosition,
      countedFrom: own.countedFrom,
      ownerItemId: own.ownerItemId,
      ownerPosition: own.ownerPosition,
      wrote: own.wrote,
    };
  }

  /** Records an amendment, as its own step of the version. */
  addChange(
    change: Pick<ChangeRow, 'type' | 'itemId' | 'revisionId' | 'authorId' | 'userId' | 'was'>,
  ): void {
    const { id, version } = this.head;
    const tagged = { version: version + 1, tag: newTag() };
    this.updateHead({ lastChange: changeMark(tagged) });
    this.#changes.push({ ...change, threadId: id, ...tagged, createdAt: this.nowMs });
  }

  /**
   * Records what readers are to hear of and what leaves the head as it is: a step of the version
   * that callers do not see in the thread, which does not move in its lists either.
   */
  addQuietChange(
    change: Pick<ChangeRow, 'type' | 'itemId' | 'userId' | 'reactedId' | 'reaction'>,
  ): void {
    this.#stepUnnoticedChange();
    const { head } = this;
    const tagged = { version: head.version + 1, tag: quietTag(head) };
    this.head = { ...head, version: tagged.version, lastChange: changeMark(tagged) };
    this.#quiet = this.head;
    this.#changes.push({ ...change, threadId: head.id, ...tagged, createdAt: this.nowMs });
  }

  /** Tells readers something once the draft is committed. */
  tell(signal: Signal): void {
    this.#signals.push(signal);
  }

  get signals(): readonly Signal[] {
    return this.#signals;
  }

  /** The changes that this draft records, in order. */
  get changed(): readonly ChangeRow[] {
    return this.#changes;
  }

  /** Replaces an item of this thread's own log. */
  rewriteItem(row: ItemRow, replaces: ItemRow): void {
    const before = this.findItem(row.id) ?? replaces;
    if (isMessage(before) !== isMessage(row)) {
      const messageCount = messagesIn(this.head) + (isMessage(row) ? 1 : -1);
      this.head = { ...this.head, messageCount };
    }
    const pending = this.#items.findIndex(({ id }) => id === row.id);
    // A new array, so that a rollback can restore the old one.
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

  /** All items of this draft with the key: users may choose one that a private item has. */
  listItemsByKey(key: string): ItemRow[] {
    return this.#items.filter((row) => row.key === key);
  }

  /** The revisions that this draft has added to an item. */
  findRevisions(originalId: ItemId): ItemRow[] {
    return this.#items.filter((row) => row.originalId === originalId);
  }

  /** The answer that an earlier operation of this draft gave to the same idempotency key. */
  findRequest(scope: string, userId: string, key: string): RequestRow | undefined {
    return this.#requests.find(
      (row) => row.scope === scope && row.userId === userId && row.key === key,
    );
  }

  /** A row that an earlier operation of this draft has put. Items are not included. */
  findPut<R extends Row>(table: TypedTable<R>, key: Key): R | undefined {
    return this.listPuts(table).findLast((row) =>
      table.key.every((name, i) => row[name] === key[i]),
    );
  }

  /** The rows that the operations of this draft have put, in order. Items are not included. */
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
   * The draft's version of a row that has a version of its own, or `undefined` if it does not touch
   * it.
   */
  findVersioned<R extends VersionedRow>(table: TypedTable<R>, key: Key): Written<R> | undefined {
    return this.#versioned.find(table, key);
  }

  /** The versioned rows of a table that this draft writes. */
  listVersioned<R extends VersionedRow>(table: TypedTable<R>): R[] {
    return this.#versioned.list(table);
  }

  /**
   * Writes a row that has a version of its own; without a row, deletes it. Such a row may change
   * without a step of the thread's version, so the commit is also guarded by its previous state,
   * `stored`. `key` begins with the thread's id.
   */
  writeVersioned<R extends VersionedRow>(
    table: TypedTable<R>,
    key: Key,
    row: R | undefined,
    stored: R | undefined,
  ): void {
    this.#versioned = this.#versioned.with({ table, key, row, stored });
  }

  put(row: Put): void {
    this.#puts.push(row);
  }

  delete(row: Delete): void {
    this.#deletes.push(row);
  }

  /**
   * The commit, guarded by the version that everything was read under, or by the absence of a new
   * thread.
   */
  toCommit(): Commit {
    this.#stepUnnoticedChange();
    const puts = this.#logPuts();
    const deletes = [...this.#deletes];
    const expects = [this.#headGuard()];
    // One by one: a call takes a limited number of arguments, and a checkpoint may have more
    // elements.
    for (const row of this.#puts) puts.push(row);
    if (this.isHeadChanged) {
      puts.push(put(threads, this.head, this.isNew ? null : this.#base));
      moveTags(this.#base, this.head, puts, deletes);
    }
    this.#versioned.addTo(puts, deletes, expects);
    return { puts, deletes, expects };
  }

  /**
   * A change of the head without a version step could be overwritten by another process unnoticed,
   * and one behind a quiet change would be unknown to callers.
   */
  #stepUnnoticedChange(): void {
    const isQuiet = this.#quiet?.lastChange === this.head.lastChange;
    const last = isQuiet && this.#quiet ? this.#quiet : this.#base;
    if (this.head === last || this.head.version !== last.version) return;
    this.head = { ...this.head, version: this.head.version + 1 };
  }

  #logPuts(): Put[] {
    const puts = this.#items.map((row) => put(items, row, null));
    for (const { row, replaces } of this.#rewritten.values()) puts.push(put(items, row, replaces));
    for (const row of this.#changes) puts.push(put(changes, row, null));
    // An expired request may still be stored under the same key.
    for (const row of this.#requests) puts.push(put(requests, row));
    return puts;
  }

  #headGuard(): Expect {
    const key = [this.head.id];
    return this.isNew
      ? expectAbsent(threads, key)
      : expectVersion(threads, key, this.#base.version);
  }

  /** The commit as live readers see it, or `undefined` if they see no change. */
  toThreadCommit(): ThreadCommit | undefined {
    if (!this.isHeadChanged) return undefined;
    const { version } = this.#base;
    return { baseVersion: version, head: this.head, items: this.#items, changes: this.#changes };
  }
}

/** The number of messages. A fork without a count counts every inherited item. */
export function messagesIn({ messageCount, itemCount }: ThreadRow): number {
  return messageCount ?? itemCount;
}

function countMessages(rows: readonly ItemRow[]): number {
  let count = 0;
  for (const row of rows) if (isMessage(row)) count++;
  return count;
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
  readonly signals: number;
  readonly requests: number;
  readonly rewritten: ReadonlyMap<ItemId, Rewrite> | undefined;
  readonly versioned: VersionedWrites;
}
