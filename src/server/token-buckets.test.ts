import { expect, test } from 'vitest';
import { TokenBuckets } from './token-buckets.ts';

test('a bucket lets a burst through, and then so many a second', () => {
  const buckets = new TokenBuckets({ perSecond: 2, burst: 3 });
  const take = (nowMs: number): number => buckets.take('ada', nowMs);
  expect([take(0), take(0), take(0)]).toEqual([0, 0, 0]);
  expect(take(0)).toBe(500);
  expect(take(250)).toBe(250); // waiting is not made longer by asking
  expect(take(500)).toBe(0);
  expect(take(500)).toBe(500);
  expect([take(60_000), take(60_000), take(60_000), take(60_000)]).toEqual([0, 0, 0, 500]);
});

test('each name has a bucket of its own', () => {
  const buckets = new TokenBuckets({ perSecond: 1, burst: 1 });
  expect([buckets.take('a', 0), buckets.take('b', 0), buckets.take('a', 0)]).toEqual([0, 0, 1000]);
});

test('a burst is five seconds long unless said otherwise', () => {
  const countOf = (perSecond: number): number => {
    const buckets = new TokenBuckets({ perSecond });
    let count = 0;
    while (buckets.take('a', 0) === 0) count++;
    return count;
  };
  expect([countOf(20), countOf(0.1)]).toEqual([100, 1]);
});

test('any number of names takes a bounded memory', () => {
  const buckets = new TokenBuckets({ perSecond: 0.001, burst: 1 });
  for (let i = 0; i < 60_000; i++) buckets.take(`u${i}`, 0);
  expect(buckets.take('u59999', 0)).toBeGreaterThan(0);
  expect(buckets.take('u0', 0)).toBe(0); // it was forgotten
});

test.each([
  { perSecond: 0 },
  { perSecond: -1 },
  { perSecond: Number.NaN },
  { perSecond: 1, burst: 0.5 },
  { perSecond: 1, burst: Number.NaN },
])('a limit %j is a mistake', (limit) => {
  expect(() => new TokenBuckets(limit)).toThrow(TypeError);
});
