import { describe, expect, test } from 'vitest';
import { parseItemId, parseThreadId } from '../../shared/ids.ts';
import type { Item, Part } from '../store-types.ts';
import { createColors } from './colors.ts';
import { Transcript } from './transcript.ts';

const plain = { colors: createColors(false), textWidth: 60, compactWidth: 60 };

function createItem(role: Item['role'], parts: readonly Part[], more: Partial<Item> = {}): Item {
  return {
    id: parseItemId('0193a0c2-7d1f-7aaa-8bbb-123456789abc')!,
    threadId: parseThreadId('t1')!,
    role,
    parts,
    visibility: 'visible',
    private: false,
    attempt: 1,
    requestId: 'r1',
    metadata: {},
    createdAt: '2026-03-04T05:06:07.000Z',
    ...more,
  };
}

const text = (value: string): Part => ({ type: 'text', text: value });

describe('itemLines', () => {
  test('a header names the speaker; further items of the same speaker follow below it', () => {
    const transcript = new Transcript(plain);
    const first = transcript.itemLines(createItem('user', [text('One')], { authorId: 'ann' }));
    const second = transcript.itemLines(createItem('user', [text('Two')], { authorId: 'ann' }));
    const third = transcript.itemLines(createItem('user', [text('Three')], { authorId: 'bob' }));
    expect(first).toEqual(['', expect.stringMatching(/^user · ann · 2026-/), '  One']);
    expect(second).toEqual(['  Two']);
    expect(third[1]).toMatch(/^user · bob/);
  });

  test('after a pause the time is said again', () => {
    const transcript = new Transcript(plain);
    transcript.itemLines(createItem('user', [text('One')]));
    const later = transcript.itemLines(
      createItem('user', [text('Two')], { createdAt: '2026-03-04T06:00:00.000Z' }),
    );
    expect(later).toHaveLength(3);
  });

  test('calls and results are below one assistant, compact', () => {
    const transcript = new Transcript(plain);
    const call = {
      type: 'tool-call',
      toolCallId: 'c',
      toolName: 'get_menu',
      input: { query: 'x'.repeat(200) },
    };
    const result = {
      type: 'tool-result',
      toolCallId: 'c',
      toolName: 'get_menu',
      output: ['Mocha'],
    };
    const lines = [
      ...transcript.itemLines(createItem('assistant', [call])),
      ...transcript.itemLines(createItem('tool', [result])),
    ];
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(/^assistant · /);
    expect(lines[2]).toMatch(/^ {2}→ get_menu \{"query":"x+…$/);
    expect(lines[2]).toHaveLength(60);
    expect(lines[3]).toBe('  ← get_menu ["Mocha"]');
  });

  test('the answers of two runs are separate; a cut one says why it ended', () => {
    const transcript = new Transcript(plain);
    const step = { type: 'step-start' };
    const failure = { type: 'data-error', data: { code: 'timeout', message: 'It took too long.' } };
    const whole = createItem('assistant', [step, text('One')], { runId: 'r1' });
    const metadata = { 'skein:partial': true };
    const cut = createItem('assistant', [text('Tw'), failure], { runId: 'r2', metadata });
    expect(transcript.itemLines(whole).slice(2)).toEqual(['  One']);
    expect(transcript.itemLines(cut)).toEqual([
      '',
      expect.stringMatching(/^assistant · 2026-/),
      '  (partial)',
      '  Tw',
      '  ! It took too long.',
    ]);
  });

  test('an amended item says so', () => {
    const item = createItem('user', [], {
      redactedAt: '2026-03-04T05:06:07.000Z',
      visibility: 'hidden',
    });
    const lines = new Transcript(plain).itemLines(item);
    expect(lines[2]).toMatch(/^ {2}\(redacted 2026-.*, hidden\)$/);
  });

  test('long text is wrapped', () => {
    const lines = new Transcript(plain).itemLines(createItem('user', [text('word '.repeat(40))]));
    expect(lines.length).toBeGreaterThan(4);
    expect(lines.every((line) => line.length <= 60)).toBe(true);
  });

  test('nothing of an item can reach the terminal as a control sequence', () => {
    const evil = '\u001b[31m\u0007\u202e';
    const parts: Part[] = [
      text(evil),
      { type: 'reasoning', text: evil },
      { type: 'tool-call', toolCallId: evil, toolName: evil, input: { [evil]: evil } },
      { type: 'tool-result', toolCallId: evil, toolName: evil, output: evil },
      { type: 'tool-x\u001b', toolCallId: evil, state: 'output-error', input: {}, errorText: evil },
      { type: 'file', mediaType: evil, url: evil, filename: evil },
      { type: 'source-url', sourceId: evil, url: evil, title: evil },
      { type: `data-${evil}`, [evil]: evil },
    ];
    const lines = new Transcript(plain).itemLines(createItem('user', parts, { authorId: evil }));
    // oxlint-disable-next-line no-control-regex -- control characters are what must be gone
    expect(lines.join('\n')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(lines.length).toBeGreaterThan(parts.length);
  });
});

test('a change shows what happened, by which user, and the new state', () => {
  const itemId = parseItemId('0193a0c2-7d1f-7aaa-8bbb-123456789abc')!;
  const change = {
    version: 3,
    type: 'edit',
    itemId,
    authorId: 'ann',
    createdAt: '2026-03-04T05:06:07.000Z',
  } as const;
  const item = createItem('user', [text('Better')], { replacesId: itemId });
  const lines = new Transcript(plain).changeLines(change, item);
  expect(lines[1]).toMatch(/^\* .* an item was edited by ann$/);
  expect(lines.slice(2)).toEqual([expect.stringMatching(/^user · /), '  (edited)', '  Better']);
  expect(new Transcript(plain).changeLines(change, undefined).at(-1)).toBe(
    '  (it is no longer shown)',
  );
});

test('a pinned item says so, and a pin is told of', () => {
  const item = createItem('user', [text('Rules')], { pinned: true });
  const change = { version: 3, itemId: item.id, authorId: 'ann' } as const;
  const createdAt = '2026-03-04T05:06:07.000Z';
  for (const [type, word] of [
    ['pin', 'pinned'],
    ['unpin', 'unpinned'],
  ] as const) {
    const lines = new Transcript(plain).changeLines({ ...change, type, createdAt }, item);
    expect(lines[1]).toMatch(new RegExp(`^\\* .* an item was ${word} by ann$`));
    expect(lines).toContain('  (pinned)');
  }
});
