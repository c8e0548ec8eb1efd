import { describe, expect, test } from 'vitest';
import type { ThreadRow } from '../../records/tables.ts';
import { newThreadId, nextItemId, storedThreadId } from '../../shared/ids.ts';
import { encodeCursor } from '../base/cursor.ts';
import {
  decodeLivePosition,
  encodeLiveCursor,
  encodeLivePosition,
  type LivePosition,
} from './live-cursor.ts';

const threadId = storedThreadId('default', newThreadId(1000));
const itemId = nextItemId(undefined, 1000);
const issue = { code: 'invalid_request', issues: [{ path: 'after' }] };

describe('a live cursor', () => {
  test.each<LivePosition>([
    { itemId: '', version: 0, isHeadTold: false },
    { itemId: '', version: 1, isHeadTold: true },
    { itemId, version: 1, isHeadTold: false },
    { itemId, version: Number.MAX_SAFE_INTEGER, isHeadTold: true },
    { itemId, version: 7, isHeadTold: true, lastChange: '', headAt: 1000 },
    { itemId, version: 7, isHeadTold: false, lastChange: '6.0123456789ab', headAt: 0 },
  ])('keeps the position %o', (position) => {
    expect(decodeLivePosition(threadId, encodeLivePosition(threadId, position))).toEqual(position);
  });

  test('of a head stands behind the head, its items and its changes', () => {
    // The cursor is made only from these fields of the row.
    const lastChange = '6.0123456789ab';
    const fields = { id: threadId, version: 7, lastItemId: itemId, updatedAt: 1000, lastChange };
    const head = fields as ThreadRow;
    const expected = { itemId, version: 7, isHeadTold: true, lastChange, headAt: 1000 };
    expect(decodeLivePosition(threadId, encodeLiveCursor(head))).toEqual(expected);
    const empty = { id: threadId, version: 1, updatedAt: 1000 } as ThreadRow;
    const start = { itemId: '', version: 1, isHeadTold: true, lastChange: '', headAt: 1000 };
    expect(decodeLivePosition(threadId, encodeLiveCursor(empty))).toEqual(start);
  });

  test('is one of its thread alone', () => {
    const cursor = encodeLivePosition(threadId, { itemId, version: 1, isHeadTold: true });
    const decode = (): unknown =>
      decodeLivePosition(storedThreadId('default', newThreadId(2000)), cursor);
    expect(decode).toThrow(expect.objectContaining(matching()));
  });

  test.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['another list', encodeCursor(`items ${threadId}`, [itemId, 1, 1])],
    ['a place short', encodeCursor(`live ${threadId}`, [itemId, 1])],
    ['a place long', encodeCursor(`live ${threadId}`, [itemId, 1, 1, 1])],
    ['no item', encodeCursor(`live ${threadId}`, ['no item', 1, 1])],
    ['a NUL', encodeCursor(`live ${threadId}`, ['\u0000', 1, 1])],
    ['a version below zero', encodeCursor(`live ${threadId}`, [itemId, -1, 1])],
    ['a text for a version', encodeCursor(`live ${threadId}`, [itemId, '1', 1])],
    ['no mark of a change', encodeCursor(`live ${threadId}`, [itemId, 1, 1, '6', 1])],
    [
      'a mark too large',
      encodeCursor(`live ${threadId}`, [itemId, 1, 1, '9999999999999999.0123456789ab', 1]),
    ],
    ['a mark alone', encodeCursor(`live ${threadId}`, [itemId, 1, 1, ''])],
    ['neither told nor not', encodeCursor(`live ${threadId}`, [itemId, 1, 2])],
  ])('is refused when it was made up: %s', (_name, cursor) => {
    const decode = (): unknown => decodeLivePosition(threadId, cursor);
    expect(decode).toThrow(expect.objectContaining(matching()));
  });
});

function matching(): object {
  return { ...issue, issues: [expect.objectContaining(issue.issues[0]!)] };
}
