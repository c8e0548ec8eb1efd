/** What becomes of amendments and lineages when a fork takes over what it inherited. */
import type { Stretch } from '../base/hooks.ts';
import type { ItemId, StoredThreadId } from '../../shared/ids.ts';
import { deletion, put } from '../../records/records.ts';
import { forks, items, overlays, type Ancestor, type OverlayRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import type { Core, Drafting } from '../base/core.ts';
import { visibilityIn } from '../log/amend-rows.ts';
import { asDrafted, findOverlay } from '../log/draft-items.ts';
import { readFamily } from '../log/item-family.ts';
import { findItem } from '../log/item-log.ts';
import { writeIfThere } from '../forks/owe-forks.ts';

/** Copies the thread's amendments of items that it inherited itself. */
export async function copyOverlays(
  core: Core,
  stretch: Stretch,
  forkId: StoredThreadId,
): Promise<void> {
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
  threadId: StoredThreadId,
): OverlayRow {
  const { itemId, visibility, sourceVisibility } = inherited;
  const replacedById = own?.replacedById ?? inherited.replacedById;
  const source = own?.sourceVisibility ?? sourceVisibility;
  const annotations = own?.annotations;
  if (!stretch.limited) {
    const merged = { replacedById, visibility: own?.visibility ?? visibility };
    return { threadId, itemId, ...merged, sourceVisibility: source, annotations };
  }
  const merged = { replacedById, visibility: own?.visibility };
  const seen = own?.sourceVisibility ?? visibilityIn(inherited);
  return { threadId, itemId, ...merged, sourceVisibility: seen, annotations };
}

/**
 * From here on the copies are the fork's own items: its amendments of them, even those made during
 * the copying, are applied to them, and the stretch leaves its lineage. If another thread is now
 * the last one that it inherits from, it is a fork of that.
 */
export async function takeOver(
  core: Core,
  stretch: Stretch,
  forkId: StoredThreadId,
): Promise<boolean> {
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
  const { visibility, replacedById, annotations } = (await asDrafted(drafting, found)).row;
  draft.rewriteItem({ ...copy, visibility, replacedById, annotations }, copy);
  for (const row of await readFamily(drafting, copy.originalId ?? itemId)) {
    if (row.visibility !== visibility) draft.rewriteItem({ ...row, visibility }, row);
  }
}

/** Until now the fork's own forks, which read past it, needed its amendments. */
export async function forgetOverlays(core: Core, forkId: StoredThreadId): Promise<void> {
  await writeIfThere(core, forkId, async (draft) => {
    const inheritedEnd = draft.head.lineage?.at(-1)?.itemId ?? '';
    for await (const overlay of core.records.scanAll(overlays, [forkId])) {
      if (overlay.itemId <= inheritedEnd) continue;
      draft.delete(deletion(overlays, [forkId, overlay.itemId], overlay));
    }
  });
}

/** Removes the thread from a lineage: the next thread in it holds the copies now. */
export function shortenLineage(draft: ThreadDraft, goneId: StoredThreadId): void {
  const lineage = draft.head.lineage ?? [];
  const at = lineage.findIndex(({ threadId }) => threadId === goneId);
  if (at < 0) return;
  const shorter: readonly Ancestor[] = lineage.toSpliced(at, 1);
  draft.head = { ...draft.head, lineage: shorter.length === 0 ? undefined : shorter };
}
