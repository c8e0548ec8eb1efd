import { expect, test } from 'vitest';
import { createSequence, median, ratioSpread } from './statistics.ts';

test('the median is the middle, or between the two in the middle', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 10, 2])).toBe(3);
  expect(() => median([])).toThrow(RangeError);
});

test('the spread is that of rounds measured together', () => {
  expect(ratioSpread([10, 30], [10, 20])).toEqual([1, 1.5]);
});

test('a sequence is the same in every run, stays below its bound and reaches all of it', () => {
  const [first, second] = [createSequence(5), createSequence(5)];
  const numbers = Array.from({ length: 1000 }, () => first(10));
  expect(Array.from({ length: 1000 }, () => second(10))).toEqual(numbers);
  expect(new Set(numbers)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
});
