import type { ThreadRow } from '../../records/tables.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';

/** Where a live reader stands: behind this item, and behind the changes of this version. */
export interface LivePosition {
  /** Empty before the first item. */
  readonly itemId: string;
  readonly version: number;
}

/** The cursor of the moment that a head stands for. */
export function encodeLiveCursor(head: ThreadRow): string {
  return encodeLivePosition(head.id, { itemId: head.lastItemId ?? '', version: head.version });
}

export function encodeLivePosition(threadId: string, { itemId, version }: LivePosition): string {
  return encodeCursor(`live ${threadId}`, [itemId, version]);
}

export function decodeLivePosition(threadId: string, cursor: string): LivePosition {
  const position = decodeCursor(`live ${threadId}`, ['string', 'number'], cursor, 'after');
  const [itemId, version] = position as [string, number]; // decodeCursor checked the shape
  return { itemId, version };
}
