import { invalid } from '../../shared/error.ts';
import type { ItemRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import { findInDraft } from '../log/draft-items.ts';
import { scanLog } from '../log/item-log.ts';
import { viewRows } from '../log/item-view.ts';
import { mustUnredactedItem } from './must-unredacted-item.ts';
import type { Start } from './run-request.ts';
import { mustAnswerable } from './run-rights.ts';

/** The item that is answered: the last of the input, the one that is named, or the newest of a user. */
export async function findInput(
  start: Start,
  draft: ThreadDraft,
  last: ItemRow | undefined,
): Promise<ItemRow> {
  const { core, principal, inputItemId, replacesId } = start;
  if (last) return last;
  if (inputItemId !== undefined) {
    const named = await mustUnredactedItem({ core, draft }, inputItemId, 'inputItemId');
    return mustAnswerable(principal, draft.head, named, 'inputItemId');
  }
  const replaced =
    replacesId === undefined
      ? undefined
      : await mustUnredactedItem({ core, draft }, replacesId, 'replacesId');
  if (replaced?.parentId !== undefined) {
    const asked = await mustUnredactedItem({ core, draft }, replaced.parentId, 'replacesId');
    return mustAnswerable(principal, draft.head, asked, 'replacesId');
  }
  const newest = await findNewestOfUser(start, draft, replaced);
  if (newest === undefined) throw invalid('input', 'is missing: the thread has no item to answer');
  return newest;
}

/** Among the last items; of an answer that is replaced, among those before it. */
async function findNewestOfUser(
  { core, principal }: Start,
  draft: ThreadDraft,
  replaced: ItemRow | undefined,
): Promise<ItemRow | undefined> {
  const rows = await scanLog(core.records, draft.head, {
    reverse: true,
    limit: itemsLookedAtMax,
    ...(replaced && { before: replaced.originalId ?? replaced.id }),
  });
  const shown = await viewRows(core.records, principal, draft.head, 'context', rows);
  for (const row of shown) {
    if (row?.place.role !== 'user') continue;
    const drafted = await findInDraft({ core, draft }, row.place.id);
    if (drafted?.visibility !== 'archived') return drafted;
  }
  return undefined;
}

const itemsLookedAtMax = 100;
