import { expect, test } from 'vitest';
import type { ThreadMetadata } from '../api/thread-metadata.ts';
import type { Thread } from '../api/thread.ts';
import { parseThreadId } from '../shared/ids.ts';
import { ThreadMetadataSchema } from './schemas/thread-metadata.ts';
import { metadataPreview, metadataTitle, toWireThreadMetadata } from './thread-metadata.ts';

const uuid = '6f1f5c1e-0b0a-4c39-9a57-1d3c9a1f0a01';

/** The pieces of the test texts: everything that may break if it is cut. */
const pieces = [
  ...[
    'a',
    ' ',
    'word ',
    '\n',
    '\t\u0000',
    '…',
    'é',
    'e\u0301',
    '\u0301',
    '\u200d',
    '\ud83d',
    '\ude00',
  ],
  ...['😀', '👩‍👩‍👧‍👦', '🇩🇪', '👍🏽', '漢', 'ไ', `z${'\u0301'.repeat(70)}`, '\u2028', '\r\n', '\ufeff'],
];

function randomTexts(seed: number, count: number): string[] {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: count }, () =>
    Array.from({ length: random(90) }, () => pieces[random(pieces.length)]).join(''),
  );
}

test('titles and previews fit, whatever the text', () => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
  for (const text of randomTexts(seed, 3000)) {
    const label = `seed ${seed}: ${JSON.stringify(text)}`;
    const title = metadataTitle(text);
    expect(title.length, label).toBeGreaterThanOrEqual(1);
    expect(title.length, label).toBeLessThanOrEqual(50);
    const preview = metadataPreview(text);
    expect(preview.length, label).toBeLessThanOrEqual(100);
    for (const short of [title, preview]) {
      expect(short.isWellFormed(), label).toBe(true);
      expect(
        short.split('').every((unit) => unit >= ' '),
        label,
      ).toBe(true);
    }
    const isSame = preview.startsWith(title.replaceAll(/\s+/g, ' '));
    expect(isSame || title === 'New Conversation' || title.length > 30, label).toBe(true);
    const lastMessage = { role: 'assistant', text };
    ThreadMetadataSchema.parse(
      toWireThreadMetadata({ ...conversationOf({ title: text }), lastMessage }),
    );
  }
});

test('a title is the first 50 characters', () => {
  const long = 'The quick brown fox jumps over the lazy dog, and then once more.';
  expect(metadataTitle(long)).toBe(long.slice(0, 50));
  expect(metadataTitle('x'.repeat(50))).toBe('x'.repeat(50));
  expect(metadataTitle('')).toBe('New Conversation');
  expect(metadataTitle(' \n\t')).toBe('New Conversation');
  expect(metadataTitle('one\ntwo')).toBe('one two');
  expect(metadataTitle(`  ${'x'.repeat(49)} y  `)).toBe(`${'x'.repeat(49)} `);
  expect(metadataTitle('x'.repeat(49) + '😀')).toBe('x'.repeat(49));
  expect(metadataTitle(`z${'\u0301'.repeat(70)}`)).toHaveLength(50);
  expect(metadataTitle('\ud83d')).toBe('\ufffd');
});

test("the user's title of the thread wins", () => {
  const { title } = toWireThreadMetadata(conversationOf({ title: 'Mine', titleSource: 'user' }));
  expect(title).toBe('Mine');
  const empty = conversationOf({ title: 'New Thread', titleSource: 'default', lastRole: null });
  expect(toWireThreadMetadata({ ...empty, messageCount: 0 })).toEqual({
    threadId: uuid,
    userId: uuid,
    title: 'New Conversation',
    lastMessage: '',
    lastMessageRole: 'user',
    messageCount: 0,
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    isEmpty: true,
  });
});

test('the schema rejects other forms', () => {
  const good = toWireThreadMetadata(conversationOf({}));
  for (const patch of [
    { threadId: 'x' },
    { userId: 'alice' },
    { title: '' },
    { title: 'x'.repeat(51) },
    { lastMessage: 'x'.repeat(101) },
    { lastMessageRole: 'tool' },
    { messageCount: -1 },
    { isEmpty: 0 },
  ]) {
    expect(
      ThreadMetadataSchema.safeParse({ ...good, ...patch }).success,
      JSON.stringify(patch),
    ).toBe(false);
  }
});

function conversationOf(patch: Partial<Thread>): ThreadMetadata {
  const time = '2026-01-01T00:00:00.000Z';
  const thread: Thread = {
    id: parseThreadId(uuid)!,
    projectId: 'default',
    ownerId: uuid,
    mode: 'assistant',
    title: 'A title',
    titleSource: 'derived',
    visibility: 'private',
    metadata: {},
    tags: [],
    createdAt: time,
    updatedAt: time,
    version: 1,
    itemCount: 2,
    lastItemId: null,
    lastPreview: '',
    lastRole: 'user',
    ...patch,
  };
  return { thread, messageCount: 2 };
}
