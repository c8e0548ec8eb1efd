import { describe, expect, test } from 'vitest';
import { backoffMs, retryAfterMs, sleep } from './backoff.ts';

test('waits grow to a bound, and spread over half of it', () => {
  const longest = [1, 2, 3, 4, 100].map((attempt) => backoffMs(attempt, 200, 1000, 1));
  expect(longest).toEqual([200, 400, 800, 1000, 1000]);
  expect(backoffMs(3, 200, 1000, 0)).toBe(400);
});

describe('retryAfterMs', () => {
  test.each([
    [null, undefined],
    ['3', 3000],
    ['0', 0],
    ['soon', undefined],
    ['Thu, 01 Jan 1970 00:00:10 GMT', 4000],
    ['Thu, 01 Jan 1970 00:00:01 GMT', 0],
  ])('%j is %j', (header, expected) => {
    expect(retryAfterMs(header, 6000)).toBe(expected);
  });
});

test('sleeping ends when the signal aborts, also when it has already', async () => {
  const abort = new AbortController();
  const sleeping = sleep(60_000, abort.signal);
  abort.abort();
  await expect(sleeping).resolves.toBeUndefined();
  await expect(sleep(60_000, abort.signal)).resolves.toBeUndefined();
});
