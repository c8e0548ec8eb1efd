import { expect, test } from 'vitest';
import type { Chunk } from '../../api/responder.ts';
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

function take(chunk: Chunk): Chunk[] {
  return new NameScrubber(names).take(chunk);
}

test.each<[Chunk, Chunk]>([
  [
    { type: 'tool-input-available', toolCallId: 'gpt-5:1', toolName: 'ask-gpt-5', input: 'GPT-5' },
    {
      type: 'tool-input-available',
      toolCallId: '[model]:1',
      toolName: 'ask-[model]',
      input: '[model]',
    },
  ],
  [
    { type: 'tool-output-available', toolCallId: 'c', output: { 'gpt-5': [['demo/echo'], 1] } },
    { type: 'tool-output-available', toolCallId: 'c', output: { '[model]': [['[model]'], 1] } },
  ],
  [
    { type: 'data-gpt-5', data: { by: null, is: true, 'of openai/gpt-5': 0 } },
    { type: 'data-[model]', data: { by: null, is: true, 'of [model]': 0 } },
  ],
  [
    { type: 'source-url', sourceId: '1', url: 'https://x.test/gpt-5', title: 'On gpt-5-mini' },
    { type: 'source-url', sourceId: '1', url: 'https://x.test/[model]', title: 'On [model]' },
  ],
  [
    { type: 'source-document', sourceId: '1', mediaType: 'a/b', title: 'x', filename: 'gpt-5.md' },
    {
      type: 'source-document',
      sourceId: '1',
      mediaType: 'a/b',
      title: 'x',
      filename: '[model].md',
    },
  ],
  [
    { type: 'file', mediaType: 'text/plain', url: 'data:text/plain,I am gpt-5' },
    { type: 'file', mediaType: 'text/plain', url: 'data:text/plain,I am [model]' },
  ],
  [
    { type: 'brand-new', 'gpt-5': { deep: ['gpt-5'] } },
    { type: 'brand-new', '[model]': { deep: ['[model]'] } },
  ],
  [
    { type: 'text-start', id: 'gpt-5', note: 'gpt-5' },
    { type: 'text-start', id: '[model]', note: '[model]' },
  ],
])('names are removed from every other string of a chunk: %j', (chunk, told) => {
  expect(take(chunk)).toEqual([told]);
});

test('names are looked for as they are, whatever characters they have', () => {
  const scrubber = new NameScrubber(['x/a.b+c(1)', 'x/[$&]']);
  const told = scrubber.take({ type: 'data-x', data: ['A.B+C(1)', 'a-b+c(1)', 'x/[$&]', '[$&'] });
  expect(told).toEqual([{ type: 'data-x', data: ['[model]', 'a-b+c(1)', '[model]', '[$&'] }]);
});

test('the bytes of a file are left as they are', () => {
  const url = 'data:image/png;name=gpt-5;base64,AAAAfable/gpt-5/AAAA';
  expect(take({ type: 'file', mediaType: 'image/png', url })).toEqual([
    {
      type: 'file',
      mediaType: 'image/png',
      url: 'data:image/png;name=[model];base64,AAAAfable/gpt-5/AAAA',
    },
  ]);
});

test('strings without a name stay unchanged', () => {
  const output = Array.from({ length: 1000 }, (_, i) => ({ text: `${i} `.repeat(200) }));
  const chunk = { type: 'tool-output-available', toolCallId: 'c', output };
  expect(take(chunk)[0]!.output).toEqual(output);
  const none = new NameScrubber(['Fable']).take(chunk);
  expect(none[0]).toBe(chunk);
});

test('a value that is not JSON passes through unchanged', () => {
  const at = new Date();
  // A faulty source may produce such a chunk.
  const chunk = { type: 'data-x', data: { at, list: [undefined, 'gpt-5'] } } as unknown as Chunk;
  expect(take(chunk)).toEqual([{ type: 'data-x', data: { at, list: [undefined, '[model]'] } }]);
});

test('the end of a text releases what was held back under the same id', () => {
  const scrubber = new NameScrubber(names);
  expect(scrubber.take({ type: 'text-delta', id: 'gpt-5', delta: 'gp' })).toEqual([]);
  expect(scrubber.take({ type: 'text-end', id: 'gpt-5' })).toEqual([
    { type: 'text-delta', id: '[model]', delta: 'gp' },
    { type: 'text-end', id: '[model]' },
  ]);
});
