/** The ids of entries, which sort by time. */
import type { InboxKind } from '../../api/inbox.ts';
import { newUuidV7, type ItemId } from '../../shared/ids.ts';

/** There is one for an item and a kind, however often it is written. */
export function itemEntryId(itemId: ItemId, kind: Exclude<InboxKind, 'invite'>): string {
  return `${itemId}-${kind}`;
}

/** It sorts before the items of the same millisecond, which a new participant may get with it. */
export function inviteEntryId(nowMs: number): string {
  const id = newUuidV7(nowMs);
  return `${id.slice(0, 14)}7000-8000${id.slice(23)}-invite`;
}
