/**
 * What a fork takes with it when it leaves its store without a thread that it inherits from: the
 * inherited items become its own, as they do when that thread is deleted (`purge-thread.ts`).
 */
import {
  forks,
  items,
  overlays,
  threads,
  type Ancestor,
  type ForkRow,
  type ItemRow,
  type OverlayRow,
  type ThreadRow,
} from '../../records/tables.ts';
import { compareUtf8 } from '../../shared/bytes.ts';
import type { StoredThreadId } from '../../shared/ids.ts';
import { mayDerive } from '../access/may-derive.ts';
import type { Stretch } from '../base/hooks.ts';
import type { Leaving } from '../base/transfer.ts';
import { amendRows } from '../log/amend-rows.ts';
import { decideMark } from '../log/decide-marks.ts';
import { stretchesOf, stretchOf, throughId, type LogRow } from '../log/item-log.ts';
import { mergeOverlays } from './settle-overlays.ts';

/**
 * What a thread goes on sharing, and what it must carry itself. A thread that comes along carries
 * what is before it, so only what is after the last of these is left.
 */
export async function partingOf(
  head: ThreadRow,
  comesAlong: Leaving['comesAlong'],
): Promise<Pick<Leaving, 'kept' | 'carried'>> {
  const kept: Ancestor[] = [];
  for (const ancestor of head.lineage ?? []) {
    if (await comesAlong(ancestor.threadId)) kept.push(ancestor);
  }
  const end = kept.at(-1)?.itemId ?? '';
  const isCarried = ({ through }: Stretch): boolean => through !== undefined && through > end;
  return { kept, carried: stretchesOf(head).filter(isCarried) };
}

/** The head as it is written: it inherits only from threads that come along. */
export async function headOfLeaving(leaving: Leaving, head: ThreadRow): Promise<ThreadRow> {
  const { core, carried, kept } = leaving;
  if (kept.length === (head.lineage?.length ?? 0)) return head;
  if (kept.length === 0) return { ...head, lineage: undefined, overlaid: undefined };
  const left = await core.records.getExisting(
    threads,
    carried.map(({ threadId }) => [threadId]),
  );
  const isOverlaid = [head, ...left].some(({ overlaid }) => overlaid === true);
  return { ...head, lineage: kept, overlaid: isOverlaid || undefined };
}

/** The items as they are written: the carried ones come before the thread's own. */
export function itemsOfLeaving(leaving: Leaving): readonly AsyncIterable<ItemRow>[] {
  if (leaving.carried.length === 0) return [leaving.own(items)];
  const carried = leaving.carried.map((stretch) => carriedItems(leaving, stretch));
  return [...carried, ownItems(leaving)];
}

/** An amendment of a carried item is applied to it, so its revisions must show it, too. */
async function* ownItems(leaving: Leaving): AsyncGenerator<ItemRow> {
  const { core, head, kept } = leaving;
  const end = kept.at(-1)?.itemId ?? '';
  for await (const row of leaving.own(items)) {
    const isOfCarried =
      row.originalId !== undefined &&
      row.originalId > end &&
      stretchOf(head, row.originalId).through !== undefined;
    if (!isOfCarried) yield row;
    else {
      const stretch = stretchOf(head, row.id);
      const [amended] = await amendRows(core.records, head, [{ row, stretch }]);
      yield { ...row, visibility: amended!.row.visibility }; // one in, one out
    }
  }
}

async function* carriedItems(leaving: Leaving, stretch: Stretch): AsyncGenerator<ItemRow> {
  const { records } = leaving.core;
  let { after } = stretch;
  for (;;) {
    const rows = await records.scan(items, {
      prefix: [stretch.threadId],
      before: [throughId(stretch.through!)], // an inherited stretch has an end
      limit: carriedAtOnce,
      ...(after && { after: [after] }),
    });
    for (const row of rows) {
      const copy = await carriedItem(leaving, { row, stretch });
      if (copy) yield copy;
    }
    after = rows.at(-1)?.id;
    if (rows.length < carriedAtOnce) return;
  }
}

/** An item may have a megabyte. */
const carriedAtOnce = 32;

/**
 * An inherited item as the thread sees it, for a row of its own. Its version belonged to the
 * source; here it precedes all others. `undefined` if only the public view is inherited and the
 * item is not in it.
 */
export async function carriedItem(
  { core, head }: Leaving,
  logRow: LogRow,
): Promise<ItemRow | undefined> {
  const [amended] = await amendRows(core.records, head, [logRow]);
  const { row, stretch, sourceVisibility = row.visibility } = amended!; // one in, one out
  // The private item that came before it may not come along.
  const { sawPrivate } = await decideMark(core, head, row);
  const copy = { ...row, threadId: head.id, commitVersion: 0, sawPrivate };
  if (!stretch.limited) return copy;
  if (sourceVisibility !== 'visible' || !mayDerive(copy, 'everybody')) return undefined;
  // Earlier revisions are history, which a limited stretch does not include.
  return copy.replacedById === undefined ? copy : { ...copy, parts: [], metadata: {} };
}

/**
 * The amendments as they are written. Those of carried items are applied to these; those that a
 * thread left behind has made of what both inherit become the thread's own.
 */
export function overlaysOfLeaving(leaving: Leaving): readonly AsyncIterable<OverlayRow>[] {
  const own = leaving.own(overlays);
  if (leaving.carried.length === 0) return [own];
  const { records } = leaving.core;
  const passed = leaving.carried.map(({ threadId }) => records.scanAll(overlays, [threadId]));
  return [keptOverlays(leaving, [own, ...passed.toReversed()])];
}

/** The nearest thread comes first: the thread itself, then the last one that it inherits from. */
async function* keptOverlays(
  { head, kept, carried }: Leaving,
  sources: readonly AsyncIterable<OverlayRow>[],
): AsyncGenerator<OverlayRow> {
  const end = kept.at(-1)?.itemId ?? '';
  const nearest = carried.toReversed();
  for await (const rows of groupsOf(sources)) {
    let [merged] = rows;
    const itemId = rows.find((row) => row !== undefined)!.itemId; // a group has a row
    if (itemId > end) return;
    for (const [i, stretch] of nearest.entries()) {
      const inherited = rows[i + 1];
      if (inherited) merged = mergeOverlays(inherited, merged, stretch, head.id);
    }
    yield merged!; // one of the rows gave it
  }
}

/** The rows of each item, one place for each source; all are in the order of the items' ids. */
async function* groupsOf(
  sources: readonly AsyncIterable<OverlayRow>[],
): AsyncGenerator<(OverlayRow | undefined)[]> {
  const readers = sources.map((source) => source[Symbol.asyncIterator]());
  const heads: (OverlayRow | undefined)[] = [];
  const advance = async (i: number): Promise<void> => {
    const step = await readers[i]!.next(); // there is one for each source
    heads[i] = step.done ? undefined : step.value;
  };
  for (const i of readers.keys()) await advance(i);
  for (;;) {
    const ids = heads.flatMap((row) => (row ? [row.itemId] : []));
    if (ids.length === 0) return;
    const least = ids.reduce((a, b) => (a < b ? a : b));
    yield heads.map((row) => (row?.itemId === least ? row : undefined));
    for (const [i, row] of heads.entries()) if (row?.itemId === least) await advance(i);
  }
}

/**
 * The forks as they are written: those that come along and share the thread's log, also where a
 * thread between the two stays behind.
 */
export function forksOfLeaving(leaving: Leaving): readonly AsyncIterable<ForkRow>[] {
  return [listedForks(leaving), distantForks(leaving)];
}

async function* listedForks(leaving: Leaving): AsyncGenerator<ForkRow> {
  for await (const row of leaving.own(forks)) {
    if (await leaving.comesAlong(row.forkId)) yield row;
  }
}

async function* distantForks(leaving: Leaving): AsyncGenerator<ForkRow> {
  const { core, head, comesAlong } = leaving;
  const found: ForkRow[] = [];
  const waiting: StoredThreadId[] = [head.id];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    for await (const { forkId } of core.records.scanAll<ForkRow>(forks, [next])) {
      const fork = await comesAlong(forkId);
      if (fork === undefined) waiting.push(forkId);
      else if (next !== head.id) {
        const home = (await partingOf(fork, comesAlong)).kept.at(-1);
        if (home?.threadId !== head.id) continue;
        found.push({ threadId: head.id, itemId: home.itemId, forkId });
      }
    }
  }
  yield* found.toSorted(
    (a, b) => compareUtf8(a.itemId, b.itemId) || compareUtf8(a.forkId, b.forkId),
  );
}
