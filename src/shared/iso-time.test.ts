import { expect, test } from 'vitest';
import { seededRandom } from '../engine/fault/seeded-random.ts';
import { seedForTesting } from '../../test/support/store/seed-for-testing.ts';
import { isoTime } from './iso-time.ts';

const seed = seedForTesting();
const dayMs = 24 * 60 * 60 * 1000;

test(`a time is written as Date writes it, whatever was written before (SEED=${seed})`, () => {
  const random = seededRandom(seed);
  const edges = [0, 1, 999, 1000, dayMs - 1, dayMs, 951_782_400_000, 253_402_300_799_999];
  const others = [-1, -dayMs, 0.5, 1.5, dayMs + 0.5, 253_402_300_800_000, 8.64e15, -8.64e15];
  const known = [...edges, ...others];
  for (let i = 0; i < 5000; i++) {
    const near = random.pick(known) + random.below(3) * random.pick([1, 1000, 3_600_000, dayMs]);
    const ms = Math.max(-8.64e15, Math.min(8.64e15, near));
    expect(isoTime(ms), String(ms)).toBe(new Date(ms).toISOString());
  }
});

test('what is no time is refused, also after one', () => {
  expect(isoTime(0)).toBe('1970-01-01T00:00:00.000Z');
  for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 1]) {
    expect(() => isoTime(ms), String(ms)).toThrow(RangeError);
  }
});
