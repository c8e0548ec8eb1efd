import type { Records } from '../../records/records.ts';
import { items, threads, type ThreadRow } from '../../records/tables.ts';
import type { ItemId } from '../../shared/ids.ts';
import { stretchOf } from './item-log.ts';

/**
 * Whether a thread's log lacks an item that it must have had. Of what a fork inherits some may be
 * missing for good: only what the public saw of a deleted source was left to it.
 */
export async function isLost(records: Records, head: ThreadRow, itemId: ItemId): Promise<boolean> {
  const home = stretchOf(head, itemId).threadId;
  if ((await records.get(items, [home, itemId])) !== undefined) return false;
  const owner = home === head.id ? head : await records.get(threads, [home]);
  return owner === undefined || owner.forkedItemId === undefined || itemId > owner.forkedItemId;
}
