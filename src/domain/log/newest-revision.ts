import type { Records } from '../../records/records.ts';
import { items, type ItemRow, type ThreadRow } from '../../records/tables.ts';
import { scanLog, stretchOf, type LogRow } from './item-log.ts';

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
