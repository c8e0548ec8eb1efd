import { describe, expect, test } from 'vitest';
import { afterLostRace, backOff, backoffMs, sleep, whileDatabaseIsAway } from './backoff.ts';

describe('backoffMs', () => {
  const waits = { firstMs: 200, maxMs: 1000 };

  test('waits grow to a bound, and spread over half of it', () => {
    const longest = [1, 2, 3, 4, 100].map((attempt) => backoffMs(attempt, waits, 1));
    expect(longest).toEqual([200, 400, 800, 1000, 1000]);
    expect(backoffMs(3, waits, 0)).toBe(400);
  });

  test('spread over all of it where that is asked for', () => {
    const full = { ...waits, jitter: 'full' } as const;
    expect([0, 0.25, 1].map((random) => backoffMs(3, full, random))).toEqual([0, 200, 800]);
  });

  test('are of their own chance each', () => {
    const drawn = Array.from({ length: 20 }, () => backoffMs(1, waits));
    expect(new Set(drawn).size).toBeGreaterThan(1);
    for (const waitMs of drawn) expect(waitMs >= 100 && waitMs < 200).toBe(true);
  });

  test.each([
    ['a lost race', afterLostRace, 800],
    ['a database that is away', whileDatabaseIsAway, 13_000],
  ])('after %s it ends', (_name, backoff, longestMs) => {
    let totalMs = 0;
    for (let attempt = 1; attempt < backoff.attemptsMax!; attempt++) {
      totalMs += backoffMs(attempt, backoff, 1);
    }
    expect(totalMs).toBeGreaterThan(longestMs / 2);
    expect(totalMs).toBeLessThanOrEqual(longestMs);
  });
});

test('backing off says whether another try is allowed', async () => {
  const thrice = { firstMs: 0, maxMs: 0, attemptsMax: 3 };
  const may = await Promise.all([1, 2, 3, 4].map((attempt) => backOff(attempt, thrice)));
  expect(may).toEqual([true, true, false, false]);
  expect(await backOff(1000, { firstMs: 0, maxMs: 0 })).toBe(true);
});

test('sleeping ends when the signal aborts, also when it has already', async () => {
  const abort = new AbortController();
  const sleeping = sleep(60_000, abort.signal);
  abort.abort();
  await expect(sleeping).resolves.toBeUndefined();
  await expect(sleep(60_000, abort.signal)).resolves.toBeUndefined();
});
