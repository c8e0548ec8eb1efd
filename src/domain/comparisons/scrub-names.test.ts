import { expect, test } from 'vitest';
import type { Chunk } from '../runs/responder.ts';
import { NameScrubber } from './scrub-names.ts';

const names = ['openai/gpt-5', 'openai/gpt-5-mini', 'demo/echo', 'Fable', 'ab-ab'];

function scrub(text: string, size: number): string {
  const scrubber = new NameScrubber(names);
  const chunks: Chunk[] = [{ type: 'text-start', id: '1' }];
  for (let i = 0; i < text.length; i += size) {
    chunks.push({ type: 'text-delta', id: '1', delta: text.slice(i, i + size) });
  }
  chunks.push({ type: 'text-end', id: '1' });
  const told = chunks.flatMap((chunk) => scrubber.take(chunk));
  expect(told.at(-1)).toEqual({ type: 'text-end', id: '1' });
  return told.map(({ delta }) => (typeof delta === 'string' ? delta : '')).join('');
}

test.each([
  ['I am openai/gpt-5.', 'I am [model].'],
  ['I am GPT-5-mini!', 'I am [model]!'],
  ['gpt-5 and gpt-5-mini and gpt-5', '[model] and [model] and [model]'],
  ['This is demo/echo, a demo', 'This is [model], a demo'],
  ['a fable of an echo', 'a fable of an echo'],
  ['ab-ab-ab', '[model]-ab'],
  ['open doors, gpt', 'open doors, gpt'],
  ['openai/gpt', 'openai/gpt'],
  ['İİ gpt-5 İ 👍🏽', 'İİ [model] İ 👍🏽'],
  ['', ''],
])('in pieces of any size, %j becomes %j', (text, expected) => {
  for (let size = 1; size <= 12; size++) expect(scrub(text, size)).toBe(expected);
});

test('texts side by side do not mix', () => {
  const scrubber = new NameScrubber(names);
  const take = (type: string, id: string, delta: string): Chunk[] =>
    scrubber.take({ type, id, delta });
  expect(take('text-delta', '1', 'gp')).toEqual([]);
  expect(take('reasoning-delta', '1', 't-5')).toEqual([
    { type: 'reasoning-delta', id: '1', delta: 't-5' },
  ]);
  expect(take('text-delta', '2', 'x')).toEqual([{ type: 'text-delta', id: '2', delta: 'x' }]);
  expect(take('text-delta', '1', 't-5 it is')).toEqual([
    { type: 'text-delta', id: '1', delta: '[model] it is' },
  ]);
});

test('what is no text is left as it is', () => {
  const chunk = { type: 'tool-input-delta', toolCallId: 'gpt-5', inputTextDelta: 'gpt-5' };
  expect(new NameScrubber(names).take(chunk)).toEqual([chunk]);
});
