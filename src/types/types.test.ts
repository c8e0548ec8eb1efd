import { expect, expectTypeOf, test } from 'vitest';
import { openKit } from '../../test/support/store/store-kit-for-testing.ts';
import {
  EDGE_TYPES,
  ROLES,
  STREAM_STATUSES,
  VISIBILITY,
  type MessagePart,
  type NewItem,
  type Role,
  type Visibility,
} from './index.ts';

test('the constants are the values that the store takes', () => {
  expect(ROLES).toEqual(['user', 'assistant', 'system', 'tool']);
  expect(VISIBILITY).toEqual(['private', 'unlisted', 'public']);
  expect(EDGE_TYPES).toEqual(['depends_on', 'caused_by']);
  expect(STREAM_STATUSES).toEqual(['active', 'completed', 'aborted', 'expired']);
  expectTypeOf<(typeof ROLES)[number]>().toEqualTypeOf<Role>();
  expectTypeOf<(typeof VISIBILITY)[number]>().toEqualTypeOf<Visibility>();
});

test('every kind of message part is taken, and bytes are stored as base64', async () => {
  const bytes = new Uint8Array([255, 0, 128]);
  const parts: MessagePart[] = [
    { type: 'text', text: 'Look' },
    { type: 'image', image: bytes },
    { type: 'image', image: 'https://example.com/cat.png' },
    { type: 'file', data: bytes, mimeType: 'application/pdf', name: 'a.pdf' },
    { type: 'file', url: 'data:,x', mediaType: 'text/plain', filename: 'a.txt' },
    { type: 'tool-call', toolCallId: 'c', toolName: 'weather', args: { city: 'Rome' } },
    { type: 'tool-result', toolCallId: 'c', result: 'Sun', isError: false },
    { type: 'mention', userId: 'ada', name: 'Ada' },
  ];
  expectTypeOf<MessagePart[]>().toExtend<NonNullable<NewItem['parts']>>();
  await using kit = await openKit();
  const { id } = await kit.thread();
  const item = await kit.append(id, { parts });
  const read = (await kit.owner.items.get(id, item.id)).parts;
  expect(read).toEqual([
    parts[0],
    { type: 'image', image: '/wCA' },
    parts[2],
    { type: 'file', data: '/wCA', mimeType: 'application/pdf', name: 'a.pdf' },
    ...parts.slice(4),
  ]);
});
