import { describe, expect, test } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

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
