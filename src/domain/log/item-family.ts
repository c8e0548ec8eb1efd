import { items, type ItemRow, type ThreadRow } from '../../records/tables.ts';
import type { ItemId } from '../../shared/ids.ts';
import type { Drafting } from '../base/core.ts';
import type { Records } from '../../records/records.ts';
import { scanLog, stretchOf, type LogRow } from './item-log.ts';

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

/**
 * A thread's newest revision of an item or of one of its revisions; `undefined` if it is the newest
 * itself. `row` must be as the thread sees it.
 */
export async function newestRevision(
  records: Records,
  head: ThreadRow,
  { row, stretch }: LogRow,
): Promise<ItemRow | undefined> {
  const { replacedById, originalId = row.id } = row;
  if (replacedById === undefined) return undefined;
  const at = stretchOf(head, replacedById);
  const newest = await records.get(items, [at.threadId, replacedById]);
  if (newest?.originalId === originalId) return newest;
  if (stretch.through === undefined || at.threadId === stretch.threadId) return undefined;
  // The source was edited after the fork, which keeps the newest revision from before.
  const [before] = await scanLog(records, head, {
    index: { name: 'byOriginal', value: originalId },
    after: row.id,
    reverse: true,
    limit: 1,
  });
  return before?.row;
}
