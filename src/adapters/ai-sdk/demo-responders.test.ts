import { expect, test } from 'vitest';
import type { Item, Part } from '../../api/item.ts';
import { textOf } from '../../shared/parts.ts';
import type { Chunk } from '../../api/responder.ts';
import { createFold } from '../../domain/streams/fold-chunks.ts';
import { reply } from './demo-reply.ts';
import { createDemoResponders } from './demo-responders.ts';
import {
  contextForTesting,
  itemForTesting,
} from '../../../test/support/adapters/ai-sdk/turn-for-testing.ts';

const text = (words: string): Part[] => [{ type: 'text', text: words }];
const said = (...texts: string[]): Item[] =>
  texts.map((words, i) => itemForTesting(i % 2 === 0 ? 'user' : 'assistant', text(words)));

async function chunksOf(i: number, items: Item[], signal?: AbortSignal): Promise<Chunk[]> {
  const responder = createDemoResponders({ pauseMs: 0 })[i]!;
  const context = contextForTesting({ items, ...(signal && { signal }) });
  const chunks: Chunk[] = [];
  for await (const chunk of responder.respond(context)) chunks.push(chunk);
  return chunks;
}

function fold(chunks: readonly Chunk[]): string {
  const folded = createFold();
  for (const chunk of chunks) folded.add(chunk);
  return textOf(folded.parts);
}

test('the first answer says that it is a demo, and how to get a real model', async () => {
  for (const [i, name] of ['demo/echo', 'demo/eliza'].entries()) {
    const first = fold(await chunksOf(i, said('Hello.')));
    expect(first).toContain(`This is ${name}, a demo model`);
    expect(first).toContain('SKEIN_MODEL_BASE_URL');
  }
  expect(fold(await chunksOf(0, said('Hello.', 'Hi.', 'Again  and\nagain.')))).toBe(
    'You said: Again  and\nagain.',
  );
});

test('answers word by word, in one step', async () => {
  const chunks = await chunksOf(0, said('a', 'b', 'one two three'));
  expect(chunks.map(({ type }) => type)).toEqual([
    'start',
    'start-step',
    'text-start',
    ...Array.from({ length: 5 }, () => 'text-delta'),
    'text-end',
    'finish-step',
    'finish',
  ]);
  expect(chunks[0]).toEqual({ type: 'start', messageId: 'message-1' });
});

test('a message without a text is answered, too', async () => {
  const file = itemForTesting('user', [{ type: 'file', mediaType: 'image/png', url: 'data:,' }]);
  expect(fold(await chunksOf(1, [file]))).toContain('has no text');
});

test('stops when it is stopped', async () => {
  const controller = new AbortController();
  const responder = createDemoResponders({ pauseMs: 20 })[0]!;
  const context = contextForTesting({ items: said('many words'), signal: controller.signal });
  const chunks: Chunk[] = [];
  for await (const chunk of responder.respond(context)) {
    chunks.push(chunk);
    if (chunk.type === 'text-delta') controller.abort();
  }
  expect(chunks.slice(3).map(({ type }) => type)).toEqual(['text-delta', 'abort']);
});

test.each([
  ['Hello there', 'Hello. What would you like to talk about?'],
  ['I need my dog.', 'Why do you need your dog?'],
  ["I'm sad about my work!", 'How long have you been sad about your work?'],
  ['My mother never writes me. Really.', 'Tell me more about your mother never writes you.'],
  ['What is $1 for?', 'Why do you ask that?'],
  ['I want $& and $1', 'What would it mean to you to get $& and $1?'],
  ['Fog.', 'Please tell me more.'],
  ['...', 'Please tell me more.'],
])('eliza on %s', (words, answer) => {
  expect(reply(words, 0)).toBe(answer);
});

test('eliza does not repeat herself at once', () => {
  expect(reply('Fog.', 1)).not.toBe(reply('Fog.', 0));
  expect(reply('Fog.', 4)).toBe(reply('Fog.', 0));
});
