import type { ThreadDraft } from '../../records/thread-draft.ts';
import type { ItemRow } from '../../records/tables.ts';
import { invalid } from '../../shared/error.ts';
import type { ItemId } from '../../shared/ids.ts';
import { authorizeMore } from '../access/authorize.ts';
import type { Drafting, Writing } from '../base/core.ts';
import { asDrafted } from '../log/draft-items.ts';
import { scanLog } from '../log/item-log.ts';
import { changeVisibility } from '../items/set-item-visibility.ts';

/**
 * Archives every item after this one that people or the model see, in the commit that begins a run.
 * Only for callers who lead the thread, since it affects what others wrote.
 */
export async function archiveAfter(writing: Writing, item: ItemRow): Promise<void> {
  await authorizeMore(writing, 'hideItem');
  const originalId = item.originalId ?? item.id;
  const later = await originalsAfter(writing, originalId);
  for (const id of later) await changeVisibility(writing, id, 'archived');
}

async function originalsAfter(drafting: Drafting, originalId: ItemId): Promise<ItemId[]> {
  const { core, draft } = drafting;
  const found: ItemId[] = [];
  let after: ItemId = originalId;
  for (let page = 0; page < pagesMax; page++) {
    const rows = await scanLog(core.records, draft.head, { after, limit: pageRows });
    for (const logRow of rows) {
      const { row } = await asDrafted(drafting, logRow);
      if (isShownOriginal(row)) found.push(row.id);
    }
    if (found.length > itemsMax) break;
    const last = rows.at(-1)?.row.id;
    if (rows.length < pageRows || last === undefined)
      return [...found, ...pending(draft, originalId)];
    after = last;
  }
  throw invalid(
    'archiveAfter',
    `is followed by more than ${itemsMax} items: fork the thread there`,
  );
}

/** What the same commit appends, such as the partial answer of a run that had to make room. */
function pending(draft: ThreadDraft, originalId: ItemId): ItemId[] {
  const rows = draft.appended.filter((row) => row.id > originalId && isShownOriginal(row));
  return rows.map(({ id }) => id);
}

function isShownOriginal({ originalId, visibility }: ItemRow): boolean {
  return originalId === undefined && visibility !== 'archived';
}

const itemsMax = 1000;
const pageRows = 1000;
const pagesMax = 20;
