import type { Records } from '../../records/records.ts';
import { items, threads, type ThreadRow } from '../../records/tables.ts';
import type { ItemId } from '../../shared/ids.ts';
import { stretchOf } from './item-log.ts';

/**
 * Whether a thread's log lacks an item that it must have. Inherited items may be missing for good,
 * if a deleted source left only its public view.
 */
export async function isLost(records: Records, head: ThreadRow, itemId: ItemId): Promise<boolean> {
  const home = stretchOf(head, itemId).threadId;
  if ((await records.get(items, [home, itemId])) !== undefined) return false;
  const owner = home === head.id ? head : await records.get(threads, [home]);
  return owner === undefined || owner.forkedItemId === undefined || itemId > owner.forkedItemId;
}
