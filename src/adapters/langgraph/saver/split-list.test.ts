import { expect, test } from 'vitest';
import { seededRandom, type SeededRandom } from '../../../engine/fault/seeded-random.ts';
import { seedForTesting } from '../../../../test/support/store/seed-for-testing.ts';
import { joinList, splitList } from './split-list.ts';

const seed = seedForTesting();
const texts = ['', ',', '[', ']', '{', '}', '"', '\\', '\\"', '\\\\"', 'é', '\u2028', '","', '[]'];

function randomJson(random: SeededRandom, depth: number): unknown {
  switch (random.below(depth > 3 ? 4 : 6)) {
    case 0:
      return random.pick([null, true, 0, -1.5e300]);
    case 4:
      return Array.from({ length: random.below(4) }, () => randomJson(random, depth + 1));
    case 5:
      return Object.fromEntries(
        Array.from({ length: random.below(4) }, () => [
          random.pick(texts),
          randomJson(random, depth + 1),
        ]),
      );
    default:
      return random.pick(texts) + random.pick(texts);
  }
}

test(`lists are cut where their elements end, seed ${seed}`, () => {
  const random = seededRandom(seed);
  for (let run = 0; run < 2000; run++) {
    const list = Array.from({ length: random.below(6) }, () => randomJson(random, 0));
    const text = JSON.stringify(list);
    const elements = splitList(text);
    expect(elements).toEqual(list.map((element) => JSON.stringify(element)));
    expect(joinList(elements!)).toBe(text);
    const spaced = JSON.stringify(list, null, 2);
    const parts = splitList(spaced);
    expect(joinList(parts!)).toBe(spaced);
    // Not parsed for the comparison: V8 confuses a key that ends in `"` with one that ends in `\\`
    // once it has met that.
    expect(parts).toHaveLength(list.length);
    for (const part of parts!) expect(() => JSON.parse(part)).not.toThrow();
  }
});

test.each([
  '',
  '{}',
  '"[]"',
  '[',
  ']',
  '[1',
  '1]',
  '[1,]',
  '[,]',
  '[ ]',
  '[1]]',
  '[[1]',
  '["]',
  '[}]',
])('what is no list, %s, is not cut', (text) => {
  expect(splitList(text)).toBeUndefined();
});
