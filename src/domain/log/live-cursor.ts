import { parseChangeMark } from '../../records/change-mark.ts';
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
  /**
   * The last change that was told (`changeMark`); empty if it has no tag, or none was told. Absent
   * in cursors of older versions.
   */
  readonly lastChange?: string;
  /** When the head that was told was updated; 0 if none was. Comes with `lastChange`. */
  readonly headAt?: number;
}

/** The cursor for the moment of a head. */
export function encodeLiveCursor(head: ThreadRow, incarnation?: string): string {
  return encodeLivePosition(head.id, positionOfHead(head), incarnation);
}

/** Behind a head, its items and its changes. */
export function positionOfHead(head: ThreadRow): LivePosition {
  const { lastItemId: itemId = '', version, lastChange = '', updatedAt: headAt } = head;
  return { itemId, version, isHeadTold: true, lastChange, headAt };
}

/** `incarnation`: that of the store (`Core`), outside of which the cursor says nothing. */
export function encodeLivePosition(
  threadId: string,
  position: LivePosition,
  incarnation?: string,
): string {
  const { itemId, version, isHeadTold, lastChange, headAt = 0 } = position;
  const marks = lastChange === undefined ? [] : [lastChange, headAt];
  return encodeCursor(listOf(threadId, incarnation), [
    itemId,
    version,
    isHeadTold ? 1 : 0,
    ...marks,
  ]);
}

function listOf(threadId: string, incarnation: string | undefined): string {
  return incarnation === undefined ? `live ${threadId}` : `live ${threadId} ${incarnation}`;
}

/**
 * Throws `invalid_request` for anything but a live position in this thread of this store. Cursors
 * of older versions name neither the store nor the last change.
 */
export function decodeLivePosition(
  threadId: string,
  cursor: string,
  incarnation?: string,
): LivePosition {
  const lists = [listOf(threadId, incarnation), listOf(threadId, undefined)];
  const position = decodeCursor(lists, shapes, cursor, 'after');
  // `decodeCursor` checked the shape.
  const [itemId, version, told, lastChange, headAt] = position as [
    ...[string, number, number],
    string?,
    number?,
  ];
  const isPosition =
    (itemId === '' || parseItemId(itemId) !== undefined) &&
    version >= 0 &&
    (told === 0 || told === 1) &&
    (lastChange === undefined || lastChange === '' || parseChangeMark(lastChange) !== undefined);
  if (!isPosition) throw invalid('after', 'is not a cursor');
  const marks = lastChange !== undefined && headAt !== undefined && { lastChange, headAt };
  return { itemId, version, isHeadTold: told === 1, ...marks };
}

const shapes = [
  ['string', 'number', 'number'],
  ['string', 'number', 'number', 'string', 'number'],
] as const;
