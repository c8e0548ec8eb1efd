import { invalid } from '../../shared/error.ts';
import { parseItemId, type StoredThreadId } from '../../shared/ids.ts';
import type { ThreadCommit } from '../../records/hints.ts';
import { changeMark } from '../../records/change-mark.ts';
import { changes, type ChangeRow, type ItemRow, type ThreadRow } from '../../records/tables.ts';
import { mayRead, mayReadLog, mustVisitAt } from '../access/authorize.ts';
import { atHead, memberOf } from '../access/member.ts';
import { hasMoved } from '../access/read-thread.ts';
import type { Core, Visiting } from '../base/core.ts';
import type { Member } from '../base/member.ts';
import { findItem, scanLog, throughId } from '../log/item-log.ts';
import type { View } from '../log/item-view.ts';
import type { LiveEvent } from '../../api/live.ts';
import { showThread } from '../head/show-thread.ts';
import { sizeBound } from '../../shared/validate.ts';
import {
  decodeLivePosition,
  encodeLivePosition,
  positionOfHead,
  type LivePosition,
} from '../log/live-cursor.ts';
import { changesReadTo, checkedPosition, withLastChange } from './checked-position.ts';
import { logPagesOf, type LogPage } from './log-pages.ts';
import { changeEvent, itemEvent, type Watching } from './present-event.ts';

const pageSizeMax = 200;
/**
 * A reader holds at most about this many bytes of the log, or one item, plus the next page of the
 * same size.
 */
const pageWeightMax = 256 * 1024;
const pageSizeStart = 16;

/** Rows of one read, in commit order. */
type Entry =
  | { readonly kind: 'item'; readonly version: number; readonly row: ItemRow }
  | { readonly kind: 'change'; readonly version: number; readonly row: ChangeRow };

/** The position of one reader in one thread, and how it moves on. */
export class LiveReader {
  readonly #core: Core;
  readonly #threadId: StoredThreadId;
  /** With the caller's standing as of the last look. */
  #watching: Watching;
  #position: LivePosition = { itemId: '', version: 0, isHeadTold: false };
  #pageSize = pageSizeStart;
  /** Everything up to the position was yielded, so the next commit continues from it. */
  #isCaughtUp = false;

  constructor(visiting: Visiting, head: ThreadRow, view: View) {
    this.#core = visiting.core;
    this.#threadId = head.id;
    this.#watching = { ...visiting, view };
  }

  /** Starts now: with the head, followed by new events. */
  begin(head: ThreadRow): Promise<LiveEvent> {
    this.#isCaughtUp = true;
    return this.#headEvent(head);
  }

  /** Starts after an event, a page or an item. */
  async resume(head: ThreadRow, after: string): Promise<void> {
    const id = parseItemId(after);
    if (id === undefined) {
      const position = decodeLivePosition(head.id, after, this.#core.incarnation);
      this.#position = await checkedPosition(this.#core, head, position);
    } else {
      const found = await findItem(this.#core.records, head, id);
      if (found === undefined) throw invalid('after', 'is not an item of this thread');
      const isOwn = found.row.threadId === head.id;
      const version = isOwn ? found.row.commitVersion : 0;
      const position = { itemId: id, version, isHeadTold: false };
      this.#position = await withLastChange(this.#core, head, position);
    }
  }

  get isCaughtUp(): boolean {
    return this.#isCaughtUp;
  }

  get member(): Member {
    return this.#watching.principal;
  }

  /** Everything up to this version of the thread was yielded. */
  get version(): number {
    return this.#position.version;
  }

  /** The thread must exist: the reader was allowed to read it a moment ago. */
  async currentHead(): Promise<ThreadRow> {
    return (await mustVisitAt(this.#watching, 'read', this.#threadId)).head;
  }

  /** Whether the reader may have what it has read: its access may have ended since. */
  async mayStillRead(): Promise<boolean> {
    const recent = this.#core.hints.threads.recentSince(this.#threadId, this.#position.version);
    const head = recent?.at(-1)?.head ?? (await this.#core.writer.head(this.#threadId));
    return head !== undefined && this.#look(head);
  }

  /**
   * Whether the reader may read the thread as this head has it. Commits that this process has seen,
   * one after the other, tell whether its participation has changed; else it is read again.
   */
  async #look(head: ThreadRow, recent?: readonly ThreadCommit[]): Promise<boolean> {
    if (head.deletedAt !== undefined) return false;
    const { core, principal: last, view } = this.#watching;
    const isSame = recent?.every((commit) =>
      commit.changes.every(({ type }) => type !== 'participant'),
    );
    const principal: Member = await (isSame
      ? atHead(core, last, head)
      : memberOf({ core, principal: last }, head));
    this.#watching = { core, principal, view };
    return mayRead(principal);
  }

  /** The next events; none if it has caught up; `undefined` if the reader can no longer read. */
  async next(): Promise<LiveEvent[] | undefined> {
    if (this.#isCaughtUp) {
      const recent = this.#core.hints.threads.recentSince(this.#threadId, this.#position.version);
      if (recent !== undefined && !this.#isOutdated(recent)) return this.#fromHints(recent);
    }
    const head = await this.#core.writer.head(this.#threadId);
    if (head === undefined || !(await this.#look(head))) return undefined;
    // A position may be between the items of one step, so the version alone does not suffice.
    if (this.#isCaughtUp && head.version === this.#position.version) return this.#tellHead(head);
    return this.#fromLog(head);
  }

  /**
   * Whether later commits withdraw something that an earlier one contains: the log has the current
   * state. What was edited away is withdrawn from those who may not read the history.
   */
  #isOutdated(recent: readonly ThreadCommit[]): boolean {
    const later = recent.slice(1).filter(({ changes: amended }) => amended.length > 0);
    if (later.length === 0) return false;
    const isForMember = mayReadLog(this.#watching.principal);
    return later.some((commit) =>
      commit.changes.some(({ type }) => type !== 'reaction' && (type !== 'edit' || !isForMember)),
    );
  }

  async #fromHints(recent: readonly ThreadCommit[]): Promise<LiveEvent[] | undefined> {
    const { head } = recent.at(-1)!; // recentSince gives at least one
    if (!(await this.#look(head, recent))) return undefined;
    const entries = recent.flatMap((commit) => entriesOf(commit.items, commit.changes));
    return [...(await this.#present(head, entries)), ...(await this.#catchUp(head))];
  }

  async #fromLog(head: ThreadRow): Promise<LiveEvent[]> {
    const limit = this.#pageSize;
    const { items, amended } = await this.#readPage(head, limit);
    // Inherited items have moved: look again.
    if (await hasMoved(this.#core, head)) return [];
    const rows = items.map(({ row, stretch }) =>
      // Versions of inherited items belong to another thread: they precede all of the fork's own.
      stretch.threadId === head.id ? row : { ...row, commitVersion: 0 },
    );
    const itemsEnd = rows.length < limit ? Infinity : rows.at(-1)!.commitVersion;
    const changesEnd = amended.length < limit ? Infinity : amended.at(-1)!.version;
    const entries = entriesOf(rows, amended).filter(({ kind, version: at }) =>
      // If one of the two has more to read, the other must not run ahead of it.
      kind === 'item' ? at <= changesEnd : at <= itemsEnd,
    );
    const taken = this.#takeWeighed(entries);
    const isAll =
      itemsEnd === Infinity && changesEnd === Infinity && taken.length === entries.length;
    this.#isCaughtUp = false;
    const events = await this.#present(head, taken);
    return isAll ? [...events, ...(await this.#catchUp(head))] : events;
  }

  #readPage(head: ThreadRow, limit: number): Promise<LogPage> {
    const { itemId } = this.#position;
    const version = changesReadTo(this.#position);
    const { records } = this.#core;
    const read = async (): Promise<LogPage> => {
      const before = throughId(head.lastItemId ?? '');
      const items = await scanLog(records, head, { after: itemId, before, limit });
      const range = { after: [version], before: [head.version + 1] };
      const amended = await records.scan(changes, { prefix: [head.id], ...range, limit });
      return { items, amended };
    };
    // What is inherited may change without a step of this thread's version.
    if (head.lineage !== undefined) return read();
    const key = JSON.stringify([head.id, head.version, itemId, version, limit]);
    return logPagesOf(this.#core).get(key, read);
  }

  /**
   * As many as a reader may hold while its client does not read; the rest is read again when
   * needed.
   */
  #takeWeighed(entries: readonly Entry[]): readonly Entry[] {
    let weight = 0;
    let count = 0;
    while (count < entries.length && weight < pageWeightMax) {
      const entry = entries[count++]!;
      if (entry.kind === 'item') weight += sizeBound(entry.row.parts);
    }
    const isHeavy = weight >= pageWeightMax;
    this.#pageSize = isHeavy ? count : Math.min(this.#pageSize * 2, pageSizeMax);
    return entries.slice(0, count);
  }

  async #present(head: ThreadRow, entries: readonly Entry[]): Promise<LiveEvent[]> {
    const events: LiveEvent[] = [];
    for (const entry of entries) {
      const version = Math.max(this.#position.version, entry.version);
      const step =
        entry.kind === 'item' ? { itemId: entry.row.id } : { lastChange: changeMark(entry.row) };
      const untold = isQuietAfter(entry, this.#position) ? {} : { isHeadTold: false, headAt: 0 };
      this.#position = { ...this.#position, ...step, version, ...untold };
      const cursor = encodeLivePosition(head.id, this.#position, this.#core.incarnation);
      const event =
        entry.kind === 'item'
          ? await itemEvent(this.#watching, head, entry.row, { cursor, version })
          : await changeEvent(this.#watching, head, entry.row, cursor);
      if (event) events.push(event);
    }
    return events;
  }

  /** Everything up to this head was yielded; now the head itself follows. */
  #catchUp(head: ThreadRow): LiveEvent[] | Promise<LiveEvent[]> {
    this.#isCaughtUp = true;
    return this.#tellHead(head);
  }

  #tellHead(head: ThreadRow): LiveEvent[] | Promise<LiveEvent[]> {
    const { version, isHeadTold } = this.#position;
    if (isHeadTold && head.version === version) return [];
    return this.#headEvent(head).then((event) => [event]);
  }

  async #headEvent(head: ThreadRow): Promise<LiveEvent> {
    this.#position = positionOfHead(head);
    const cursor = encodeLivePosition(head.id, this.#position, this.#core.incarnation);
    return { type: 'head', cursor, thread: await showThread(this.#watching, head) };
  }
}

/** The next step, which leaves the head as it was told. */
function isQuietAfter({ kind, row, version }: Entry, position: LivePosition): boolean {
  return kind === 'change' && row.type === 'reaction' && version === position.version + 1;
}

function entriesOf(items: readonly ItemRow[], amended: readonly ChangeRow[]): Entry[] {
  const entries: Entry[] = items.map((row) => ({ kind: 'item', version: row.commitVersion, row }));
  if (amended.length === 0) return entries;
  for (const row of amended) entries.push({ kind: 'change', version: row.version, row });
  return entries.toSorted((a, b) => a.version - b.version); // stable: items keep their order
}
