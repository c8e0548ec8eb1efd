import { expect, test } from 'vitest';
import { seededRandom } from './seeded-random.ts';

test('a seed repeats its numbers', () => {
  const numbersOf = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 50 }, () => random.fraction());
  };
  expect(numbersOf(7)).toEqual(numbersOf(7));
  expect(numbersOf(7)).not.toEqual(numbersOf(8));
});

test('numbers spread over their range', () => {
  const random = seededRandom(0);
  const counts = Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) counts[random.below(10)]!++;
  expect(Math.min(...counts)).toBeGreaterThan(850);
  expect(Math.max(...counts)).toBeLessThan(1150);
});

test('chance has the given probability', () => {
  const random = seededRandom(1);
  const hits = Array.from({ length: 10_000 }, () => random.chance(0.2)).filter(Boolean).length;
  expect(hits).toBeGreaterThan(1800);
  expect(hits).toBeLessThan(2200);
  expect(random.chance(0)).toBe(false);
  expect(random.chance(1)).toBe(true);
});

test('pick gives every element, undefined too, and refuses an empty list', () => {
  const random = seededRandom(2);
  const picked = new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b', undefined])));
  expect(picked).toEqual(new Set(['a', 'b', undefined]));
  expect(() => random.pick([])).toThrow(TypeError);
});
