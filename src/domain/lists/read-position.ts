import { headPosition } from '../../records/message-position.ts';
import type { ParticipantRow, ThreadRow } from '../../records/tables.ts';
import type { ItemId } from '../../shared/ids.ts';

/** How far a user has read. */
export interface ReadPosition {
  readonly position: number;
  readonly itemId: ItemId | undefined;
}

/**
 * How far a user has read: up to the item they marked, or their own newest one if that is later.
 * What older versions have written counts as read. Who has marked an item unread has taken that
 * back, up to the end of the thread at that time.
 */
export function readPositionOf(
  head: ThreadRow,
  userId: string,
  row: ParticipantRow | undefined,
): ReadPosition {
  const marked = { position: row?.readPosition ?? 0, itemId: row?.readItemId };
  const own = ownItemOf(head, userId);
  const wentBackAt = row?.unreadPosition;
  const counts = own !== undefined && (wentBackAt === undefined || own.position > wentBackAt);
  const read = counts && own.position >= marked.position ? later(own, marked) : marked;
  const oldest = wentBackAt === undefined ? positionOfOld(head) : 0;
  return read.position >= oldest ? read : { ...read, position: oldest };
}

function later(a: ReadPosition, b: ReadPosition): ReadPosition {
  const isBehind = a.position === b.position && (a.itemId ?? '') < (b.itemId ?? '');
  return isBehind ? b : a;
}

/** The number of messages that follow what the user has read: no scan, and no counter a user. */
export function unreadAfter(head: ThreadRow, { position }: ReadPosition): number {
  return Math.max(0, headPosition(head) - position);
}

function ownItemOf(head: ThreadRow, userId: string): ReadPosition | undefined {
  const { ownerId, ownerItemId, ownerPosition, wrote } = head;
  if (userId === ownerId) {
    return ownerPosition === undefined
      ? undefined
      : { position: ownerPosition, itemId: ownerItemId };
  }
  return wrote?.find((own) => own.userId === userId);
}

function positionOfOld({ countedFrom, messagePosition, itemCount }: ThreadRow): number {
  return countedFrom ?? (messagePosition === undefined ? itemCount : 0);
}
