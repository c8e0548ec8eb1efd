/**
 * The promised part of a deletion: copies inherited items into forks, lets every noun leave what it
 * has to the heirs, and then deletes the rows in bounded steps. Every step may run again.
 */
import type { Stretch, PurgeSteps } from '../base/hooks.ts';
import { tombstone } from '../threads/delete-thread.ts';
import { ConflictError } from '../../shared/error.ts';
import type { ItemId, ThreadId } from '../../shared/ids.ts';
import { deletion, put, type Key } from '../../records/records.ts';
import {
  forks,
  items,
  overlays,
  requests,
  taskQueue,
  threads,
  type Ancestor,
  type ForkRow,
  type ItemRow,
  type OverlayRow,
  type TaskRow,
  type ThreadRow,
} from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import type { Core, Drafting } from '../base/core.ts';
import { visibilityIn } from '../log/amend-rows.ts';
import { asDrafted, findOverlay } from '../log/draft-items.ts';
import { readFamily } from '../log/item-family.ts';
import { mayDerive } from '../access/may-derive.ts';
import { withNeutralErrors } from '../log/item-view.ts';
import { decideMark } from '../log/decide-marks.ts';
import { findItem, stretchesOf, throughId } from '../log/item-log.ts';
import { writeIfThere, descendantsOf } from '../forks/owe-forks.ts';
import { newThreadDraft } from '../threads/create-thread.ts';
import { prepareThread } from '../threads/prepare-thread.ts';

/** The promised part. Every step may run again. */
export async function purgeThread(
  core: Core,
  { threadId }: Pick<TaskRow, 'threadId'>,
): Promise<void> {
  const head = await core.writer.head(threadId);
  if (head === undefined) return;
  await payDebts(core, threadId);
  for (;;) {
    // Forks that inherit through another deleted fork are added while this runs.
    const [fork] = await core.records.scan(forks, { prefix: [threadId], limit: 1 });
    if (fork === undefined) break;
    await leaveToFork(core, head, fork.forkId);
    await core.records.commit({ deletes: [deletion(forks, keyOf(fork), fork)] });
  }
  const steps: PurgeSteps = {
    purge: (heirId) => purgeThread(core, { threadId: heirId }),
    takeId: (heirId) => takeId(core, head, heirId),
  };
  const finishing: (() => void)[] = [];
  for (const onPurge of core.hooks.onPurge) {
    const finish = await onPurge(core, head, steps);
    if (finish) finishing.push(finish);
  }
  for (const table of core.threadTables) await core.records.deletePrefix(table, [threadId]);
  for (const finish of finishing) finish();
  await core.records.deletePrefix(requests, [threadId]);
  await forgetAsFork(core, head);
}

/** Creates a tombstone if there is no thread. */
async function takeId(core: Core, gone: ThreadRow, threadId: ThreadId): Promise<void> {
  if ((await core.writer.head(threadId)) !== undefined) return;
  const draft = newThreadDraft(core, gone, threadId, prepareThread(core.limits, {}));
  draft.head = { ...draft.head, ...tombstone(draft.nowMs) };
  try {
    await core.writer.create(draft);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error; // just created
  }
}

/** Finishes what the thread still owes its forks while these are known. */
async function payDebts(core: Core, threadId: ThreadId): Promise<void> {
  const promised = { index: 'byThread', prefix: [threadId], limit: 100 };
  for (;;) {
    const rows = await core.records.scan(taskQueue, promised);
    const debts = rows.filter(({ kind }) => kind !== 'purge');
    if (debts.length === 0) return;
    for (const debt of debts) await core.tasks.run(debt); // a finished task leaves the queue
  }
}

/**
 * Gives a fork its own copies of what it inherits from the thread, and shortens its descendants'
 * lineages.
 */
async function leaveToFork(core: Core, gone: ThreadRow, forkId: ThreadId): Promise<void> {
  // A fork that does not exist yet needs what it inherits: the task fails and is retried.
  const fork = await core.records.getNamed(threads, [forkId]);
  if (fork === undefined) return;
  // A fork that is deleted, too, goes first, so that its own forks become forks of this thread.
  if (fork.deletedAt !== undefined) return purgeThread(core, { threadId: forkId });
  const stretch = stretchesOf(fork).find(({ threadId }) => threadId === gone.id);
  if (stretch !== undefined) {
    await copyItems(core, stretch, fork);
    for (const onLeave of core.hooks.onLeave) await onLeave(core, stretch, forkId);
    await copyOverlays(core, stretch, forkId);
    // It was deleted meanwhile, which is another case.
    if (!(await takeOver(core, stretch, forkId))) return leaveToFork(core, gone, forkId);
  }
  for await (const descendantId of descendantsOf(core, forkId)) {
    await writeIfThere(core, descendantId, (draft) => shortenLineage(draft, gone.id));
  }
  await forgetOverlays(core, forkId);
}

async function copyItems(core: Core, stretch: Stretch, fork: ThreadRow): Promise<void> {
  let after = stretch.after;
  for (;;) {
    const rows = await core.records.scan(items, {
      prefix: [stretch.threadId],
      before: [throughId(stretch.through!)], // an inherited stretch has an end
      limit: 200,
      ...(after && { after: [after] }),
    });
    const copies = await Promise.all(rows.map((row) => copyFor(core, row, stretch, fork)));
    await writeIfThere(core, fork.id, (draft) => {
      for (const copy of copies) if (copy) draft.put(put(items, copy));
    });
    after = rows.at(-1)?.id;
    if (rows.length < 200) return;
  }
}

/**
 * An item as it was at the fork. Its version belonged to the source; in the fork it precedes all
 * others.
 */
async function copyFor(
  core: Core,
  row: ItemRow,
  stretch: Stretch,
  fork: ThreadRow,
): Promise<ItemRow | undefined> {
  const replacedById =
    row.replacedById === undefined || row.replacedById <= stretch.through!
      ? row.replacedById
      : await revisionWithin(core, row, stretch);
  // The private item that came before it may not come along.
  const { sawPrivate } = await decideMark(core, fork, row);
  // The runs stay behind, by which a redaction finds what providers said.
  const copied = withNeutralErrors(row);
  const copy = { ...copied, threadId: fork.id, replacedById, commitVersion: 0, sawPrivate };
  return stretch.limited ? limitedCopy(core, copy) : copy;
}

/** A copy from a limited stretch (`Ancestor.limited`) may contain only the public view. */
async function limitedCopy(core: Core, copy: ItemRow): Promise<ItemRow | undefined> {
  const originalId = copy.originalId ?? copy.id;
  const overlay = await core.records.get(overlays, [copy.threadId, originalId]);
  const visibility = overlay?.sourceVisibility ?? copy.visibility;
  if (visibility !== 'visible' || !mayDerive(copy, 'everybody')) return undefined;
  // Earlier revisions are history, which a limited stretch does not include.
  return copy.replacedById === undefined
    ? { ...copy, visibility }
    : { ...copy, visibility, parts: [], metadata: {} };
}

async function revisionWithin(
  core: Core,
  row: ItemRow,
  stretch: Stretch,
): Promise<ItemRow['id'] | undefined> {
  const [newest] = await core.records.scan(items, {
    index: 'byOriginal',
    prefix: [row.threadId, row.originalId ?? row.id],
    before: [throughId(stretch.through!)], // an inherited stretch has an end
    reverse: true,
    limit: 1,
  });
  return newest && newest.id > row.id ? newest.id : undefined;
}

/** Copies the thread's amendments of items that it inherited itself. */
async function copyOverlays(core: Core, stretch: Stretch, forkId: ThreadId): Promise<void> {
  for await (const overlay of core.records.scanAll(overlays, [stretch.threadId])) {
    if (stretch.after === undefined || overlay.itemId > stretch.after) break;
    await writeIfThere(core, forkId, async (draft) => {
      const own = await findOverlay({ core, draft }, overlay.itemId);
      draft.put(put(overlays, mergeOverlays(overlay, own, stretch, forkId)));
      draft.head = { ...draft.head, overlaid: true };
    });
  }
}

/** The fork's own amendment is nearer and wins, but never reveals what the public does not see. */
export function mergeOverlays(
  inherited: OverlayRow,
  own: OverlayRow | undefined,
  stretch: Stretch,
  threadId: ThreadId,
): OverlayRow {
  const { itemId, visibility, sourceVisibility } = inherited;
  const replacedById = own?.replacedById ?? inherited.replacedById;
  const source = own?.sourceVisibility ?? sourceVisibility;
  if (!stretch.limited) {
    const merged = { replacedById, visibility: own?.visibility ?? visibility };
    return { threadId, itemId, ...merged, sourceVisibility: source };
  }
  const merged = { replacedById, visibility: own?.visibility };
  const seen = own?.sourceVisibility ?? visibilityIn(inherited);
  return { threadId, itemId, ...merged, sourceVisibility: seen };
}

/**
 * From here on the copies are the fork's own items: its amendments of them, even those made during
 * the copying, are applied to them, and the stretch leaves its lineage. If another thread is now
 * the last one that it inherits from, it is a fork of that.
 */
async function takeOver(core: Core, stretch: Stretch, forkId: ThreadId): Promise<boolean> {
  return writeIfThere(core, forkId, async (draft) => {
    for (const itemId of await overlaidIn({ core, draft }, stretch)) {
      await settleOverlay({ core, draft }, itemId);
    }
    shortenLineage(draft, stretch.threadId);
    const home = draft.head.lineage?.at(-1);
    if (home === undefined) return;
    draft.put(put(forks, { threadId: home.threadId, itemId: home.itemId, forkId }));
  });
}

/**
 * The items of a stretch that the fork has amended, including by an operation of the same commit.
 */
async function overlaidIn({ core, draft }: Drafting, stretch: Stretch): Promise<Set<ItemId>> {
  const overlaid = new Set(draft.listPuts(overlays).map(({ itemId }) => itemId));
  for await (const { itemId } of core.records.scanAll(overlays, [draft.head.id])) {
    overlaid.add(itemId);
  }
  const { after = '', through = '' } = stretch;
  return new Set([...overlaid].filter((itemId) => itemId > after && itemId <= through));
}

/** Applies an amendment to the fork's own copy of the item, and its visibility to all revisions. */
async function settleOverlay(drafting: Drafting, itemId: ItemId): Promise<void> {
  const { core, draft } = drafting;
  const found = await findItem(core.records, draft.head, itemId);
  const copy = await core.records.get(items, [draft.head.id, itemId]);
  if (found === undefined || copy === undefined) return;
  const { visibility, replacedById } = (await asDrafted(drafting, found)).row;
  draft.rewriteItem({ ...copy, visibility, replacedById }, copy);
  for (const row of await readFamily(drafting, copy.originalId ?? itemId)) {
    if (row.visibility !== visibility) draft.rewriteItem({ ...row, visibility }, row);
  }
}

/** Until now the fork's own forks, which read past it, needed its amendments. */
async function forgetOverlays(core: Core, forkId: ThreadId): Promise<void> {
  await writeIfThere(core, forkId, async (draft) => {
    const inheritedEnd = draft.head.lineage?.at(-1)?.itemId ?? '';
    for await (const overlay of core.records.scanAll(overlays, [forkId])) {
      if (overlay.itemId <= inheritedEnd) continue;
      draft.delete(deletion(overlays, [forkId, overlay.itemId], overlay));
    }
  });
}

/** Removes the thread from a lineage: the next thread in it holds the copies now. */
function shortenLineage(draft: ThreadDraft, goneId: ThreadId): void {
  const lineage = draft.head.lineage ?? [];
  const at = lineage.findIndex(({ threadId }) => threadId === goneId);
  if (at < 0) return;
  const shorter: readonly Ancestor[] = lineage.toSpliced(at, 1);
  draft.head = { ...draft.head, lineage: shorter.length === 0 ? undefined : shorter };
}

/** Removes a deleted fork from the list at its fork point. */
async function forgetAsFork(core: Core, head: ThreadRow): Promise<void> {
  const home = head.lineage?.at(-1);
  if (home === undefined) return;
  await core.records.commit({ deletes: [deletion(forks, [home.threadId, home.itemId, head.id])] });
}

function keyOf({ threadId, itemId, forkId }: ForkRow): Key {
  return [threadId, itemId, forkId];
}
