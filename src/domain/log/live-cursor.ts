import type { ThreadRow } from '../../records/tables.ts';
import { invalid } from '../../shared/error.ts';
import { parseItemId } from '../../shared/ids.ts';
import { decodeCursor, encodeCursor } from '../base/cursor.ts';

/** Where a live reader stands: behind this item, and behind the changes of this version. */
export interface LivePosition {
  /** Empty before the first item. */
  readonly itemId: string;
  readonly version: number;
  /** Whether the head of this version was told too: an item's event comes before it. */
  readonly isHeadTold: boolean;
}

/** The cursor of the moment that a head stands for. */
export function encodeLiveCursor(head: ThreadRow): string {
  const { id, lastItemId = '', version } = head;
  return encodeLivePosition(id, { itemId: lastItemId, version, isHeadTold: true });
}

export function encodeLivePosition(threadId: string, position: LivePosition): string {
  const { itemId, version, isHeadTold } = position;
  return encodeCursor(`live ${threadId}`, [itemId, version, isHeadTold ? 1 : 0]);
}

/** Throws `invalid_request` for what is no position of this thread's readers. */
export function decodeLivePosition(threadId: string, cursor: string): LivePosition {
  const shape = ['string', 'number', 'number'] as const;
  const position = decodeCursor(`live ${threadId}`, shape, cursor, 'after');
  // `decodeCursor` checked the shape.
  const [itemId, version, told] = position as [string, number, number];
  const isPosition =
    (itemId === '' || parseItemId(itemId) !== undefined) &&
    version >= 0 &&
    (told === 0 || told === 1);
  if (!isPosition) throw invalid('after', 'is not a cursor');
  return { itemId, version, isHeadTold: told === 1 };
}
