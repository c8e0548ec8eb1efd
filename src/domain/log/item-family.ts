import { items, type ItemRow } from '../../records/tables.ts';
import type { ItemId } from '../../shared/ids.ts';
import type { Drafting } from '../base/core.ts';

/** The thread's own rows of an item and its revisions, with the draft's changes. */
export async function readFamily(
  { core, draft }: Drafting,
  originalId: ItemId,
): Promise<ItemRow[]> {
  const threadId = draft.head.id;
  const original = await core.records.get(items, [threadId, originalId]);
  const family: ItemRow[] = original ? [original] : [];
  let after: ItemId | undefined;
  for (;;) {
    const page = await core.records.scan(items, {
      index: 'byOriginal',
      prefix: [threadId, originalId],
      limit: 1000,
      ...(after && { after: [after] }),
    });
    family.push(...page);
    after = page.at(-1)?.id;
    if (page.length < 1000) break;
  }
  const stored = family.map((row) => draft.findItem(row.id) ?? row);
  const pending = [draft.findItem(originalId), ...draft.findRevisions(originalId)];
  const known = new Set(stored.map(({ id }) => id));
  for (const row of pending) if (row && !known.has(row.id)) stored.push(row);
  return stored;
}
