import { put } from '../../records/records.ts';
import { edges, items, type EdgeRow } from '../../records/tables.ts';
import type { ItemId, StoredThreadId } from '../../shared/ids.ts';
import type { Core } from '../base/core.ts';
import type { Stretch } from '../base/hooks.ts';
import type { Leaving } from '../base/transfer.ts';
import { writeIfThere } from '../forks/owe-forks.ts';
import { carriedItem } from '../inheritance/carry-inherited.ts';
import { findItem, throughId } from '../log/item-log.ts';

/** Copies the edges between inherited items into a fork whose source is being deleted. */
export async function leaveEdges(
  core: Core,
  stretch: Stretch,
  forkId: StoredThreadId,
): Promise<void> {
  for await (const edge of core.records.scanAll<EdgeRow>(edges, [stretch.threadId])) {
    if (!(await isSeenByFork(core, stretch, edge, forkId))) continue;
    const copy = { ...edge, threadId: forkId };
    await writeIfThere(core, forkId, (draft) => draft.put(put(edges, copy)));
  }
}

/** Whether both ends of an edge precede the fork and are visible there. */
async function isSeenByFork(
  core: Core,
  stretch: Stretch,
  { fromItemId, toItemId }: EdgeRow,
  forkId: StoredThreadId,
): Promise<boolean> {
  const end = throughId(stretch.through!); // an inherited stretch has an end
  if (fromItemId > end || toItemId > end) return false;
  if (!stretch.limited) return true;
  const ends = [fromItemId, toItemId];
  const copies = await core.records.getExisting(
    items,
    ends.map((id) => [forkId, id]),
  );
  const inherited = ends.filter((id) => stretch.after !== undefined && id <= stretch.after);
  return copies.length + inherited.length === ends.length;
}

/** The edges as they are written: those between inherited items come along with the items. */
export function edgesOfLeaving(leaving: Leaving): readonly AsyncIterable<EdgeRow>[] {
  const carried = leaving.carried.map((stretch) => carriedEdges(leaving, stretch));
  return [...carried, leaving.own(edges)];
}

async function* carriedEdges(leaving: Leaving, stretch: Stretch): AsyncGenerator<EdgeRow> {
  const { core, head } = leaving;
  const end = throughId(stretch.through!); // an inherited stretch has an end
  for await (const edge of core.records.scanAll<EdgeRow>(edges, [stretch.threadId])) {
    const { fromItemId, toItemId } = edge;
    if (fromItemId > end || toItemId > end) continue;
    const isSeen = (await isCarried(leaving, fromItemId)) && (await isCarried(leaving, toItemId));
    if (isSeen) yield { ...edge, threadId: head.id };
  }
}

async function isCarried(leaving: Leaving, itemId: ItemId): Promise<boolean> {
  const { core, head, kept } = leaving;
  if (itemId <= (kept.at(-1)?.itemId ?? '')) return true;
  const found = await findItem(core.records, head, itemId);
  return found !== undefined && (await carriedItem(leaving, found)) !== undefined;
}
