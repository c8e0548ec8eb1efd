import { expect, test } from 'vitest';
import { seededRandom, type SeededRandom } from '../../engine/fault/seeded-random.ts';
import type { Item, Part, Role } from '../../api/item.ts';
import { itemForTesting } from '../../../test/support/adapters/ai-sdk/turn-for-testing.ts';
import { seedForTesting } from '../../../test/support/store/seed-for-testing.ts';
import { fitWindow } from './context-window.ts';
import { weighItem } from './item-weight.ts';

const words = (text: string): Part => ({ type: 'text', text });
const textOfAll = (items: readonly Item[]): string =>
  JSON.stringify(items.map(({ parts }) => parts));

const seed = seedForTesting();

test(`a window has what is asked, begins with a user, and fits (SEED=${seed})`, () => {
  for (let round = 0; round < 500; round++) {
    const random = seededRandom(seed + round);
    const items = Array.from({ length: 1 + random.below(30) }, () => anyItem(random));
    items.push(itemForTesting('user', anyParts(random)));
    const question = items.at(-1)!;
    if (random.chance(0.3)) items.push(itemForTesting('assistant', anyParts(random)));
    const bytesMax = 4000 + random.below(60_000);
    const asked = new Set([question.id, items.at(-1)!.id]);
    const isWhole = random.chance(0.5);
    const window = fitWindow(items, { bytesMax, asked, isWhole });
    const why = `SEED=${seed + round}`;
    const ids = window.map(({ id }) => id);
    expect(ids, why).toContain(question.id);
    expect(ids.at(-1), why).toBe(items.at(-1)!.id);
    const order = items.map(({ id }) => id).filter((id) => ids.includes(id));
    expect(ids, why).toEqual(order);
    if (ids[0] !== items[0]!.id || !isWhole) expect(window[0]!.role, why).toBe('user');
    const bytes = window.reduce((sum, item) => sum + weighItem(item), 0);
    expect(bytes, why).toBeLessThanOrEqual(bytesMax * 1.1 + 6000);
    if (items.reduce((sum, item) => sum + weighItem(item), 0) <= bytesMax && isWhole) {
      expect(window, why).toEqual(items);
    }
    const calls = window.flatMap(({ parts }) => parts.filter(({ type }) => type === 'tool-call'));
    const others = window.filter(({ id }) => !asked.has(id));
    const results = others.flatMap(({ parts }) =>
      parts.filter(({ type }) => type === 'tool-result'),
    );
    const called = calls.map(({ toolCallId }) => toolCallId);
    if (!isWhole) for (const { toolCallId } of results) expect(called, why).toContain(toolCallId);
    expect(textOfAll(window).isWellFormed(), why).toBe(true);
  }
});

function anyItem(random: SeededRandom): Item {
  return itemForTesting(random.pick<Role>(['user', 'assistant', 'tool']), anyParts(random));
}

function anyParts(random: SeededRandom): Part[] {
  const size = random.pick([5, 50, 500, 5000, 50_000]);
  const text = random.pick(['lorem ', '漢字', '😀']).repeat(size / 4);
  const toolCallId = String(random.below(5));
  return [
    random.pick<Part>([
      words(text),
      { type: 'tool-w', toolCallId, state: 'output-available', input: {}, output: { text } },
      { type: 'tool-call', toolCallId, toolName: 'w', input: {} },
      { type: 'tool-result', toolCallId, toolName: 'w', output: [text, text] },
      { type: 'data-chart', data: { rows: Array.from({ length: 20 }, () => text) } },
      { type: 'file', mediaType: 'image/png', url: `data:image/png;base64,${'A'.repeat(size)}` },
    ]),
  ];
}

test('a photo is kept or noted, and never cut, whatever its field is called', () => {
  const base64 = 'iVBORw0KGgo'.padEnd(700_000, 'A');
  const photos: Part[] = [
    { type: 'file', mediaType: 'image/png', url: `data:image/png;base64,${base64}` },
    { type: 'file', mediaType: 'image/png', data: base64 },
    { type: 'file', mimeType: 'image/png', data: base64 },
    { type: 'image', image: base64 },
  ];
  for (const photo of photos) {
    const items = [itemForTesting('user', [photo]), itemForTesting('user', [words('Well?')])];
    const asked = new Set([items[1]!.id]);
    expect(fitWindow(items, { bytesMax: 20_000, asked, isWhole: true })).toEqual(items);
    const [first] = fitWindow(items, { bytesMax: 4000, asked, isWhole: true });
    expect(first!.parts[0]).toMatchObject({
      type: 'text',
      text: expect.stringMatching(/^\[A file/),
    });
  }
});

test('a large item is shortened with a note, and what stands before it stays', () => {
  const output = { city: 'Paris', log: 'lorem ipsum '.repeat(100_000), rows: [1, 2, 3] };
  const big = {
    type: 'tool-w',
    toolCallId: '1',
    state: 'output-available',
    input: { a: 1 },
    output,
  };
  const items = [
    itemForTesting('user', [words('My name is Ada.')]),
    itemForTesting('assistant', [words('Hello, Ada.')]),
    itemForTesting('user', [words('Read the log.')]),
    itemForTesting('assistant', [big, words('I have read it.')]),
    itemForTesting('user', [words('What is my name?')]),
  ];
  const rules = { bytesMax: 400_000, asked: new Set([items.at(-1)!.id]), isWhole: true };
  const window = fitWindow(items, rules);
  expect(window.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
  const [part, text] = window[3]!.parts;
  expect(text).toEqual(words('I have read it.'));
  expect(part).toMatchObject({
    ...{ type: 'tool-w', toolCallId: '1', state: 'output-available', input: { a: 1 } },
    output: {
      city: 'Paris',
      rows: [1, 2, 3],
      log: expect.stringMatching(/\[\d+ characters are left out/),
    },
  });
  // The same after the next question, so that a provider can reuse what it has read.
  const more = [...items, itemForTesting('assistant', [words('Ada.')])];
  more.push(itemForTesting('user', [words('Thanks.')]));
  const next = fitWindow(more, { ...rules, asked: new Set([more.at(-1)!.id]) });
  expect(next[3]).toEqual(window[3]);
});
