import type { ThreadRow } from '../../records/tables.ts';
import { invalid } from '../../shared/error.ts';
import { parseItemId } from '../../shared/ids.ts';
import { decodeCursor, encodeCursor } from '../base/cursor.ts';

/** The position of a live reader: after this item, and after the changes of this version. */
export interface LivePosition {
  /** Empty before the first item. */
  readonly itemId: string;
  readonly version: number;
  /** Whether the head of this version was yielded, too: it follows the item's event. */
  readonly isHeadTold: boolean;
}

/** The cursor for the moment of a head. */
export function encodeLiveCursor(head: ThreadRow, incarnation?: string): string {
  const { id, lastItemId = '', version } = head;
  return encodeLivePosition(id, { itemId: lastItemId, version, isHeadTold: true }, incarnation);
}

/** `incarnation`: that of the store (`Core`), outside of which the cursor says nothing. */
export function encodeLivePosition(
  threadId: string,
  position: LivePosition,
  incarnation?: string,
): string {
  const { itemId, version, isHeadTold } = position;
  return encodeCursor(listOf(threadId, incarnation), [itemId, version, isHeadTold ? 1 : 0]);
}

function listOf(threadId: string, incarnation: string | undefined): string {
  return incarnation === undefined ? `live ${threadId}` : `live ${threadId} ${incarnation}`;
}

/**
 * Throws `invalid_request` for anything but a live position in this thread of this store. Cursors
 * of older versions do not name the store.
 */
export function decodeLivePosition(
  threadId: string,
  cursor: string,
  incarnation?: string,
): LivePosition {
  const shape = ['string', 'number', 'number'] as const;
  const lists = [listOf(threadId, incarnation), listOf(threadId, undefined)];
  const position = decodeCursor(lists, shape, cursor, 'after');
  // `decodeCursor` checked the shape.
  const [itemId, version, told] = position as [string, number, number];
  const isPosition =
    (itemId === '' || parseItemId(itemId) !== undefined) &&
    version >= 0 &&
    (told === 0 || told === 1);
  if (!isPosition) throw invalid('after', 'is not a cursor');
  return { itemId, version, isHeadTold: told === 1 };
}
