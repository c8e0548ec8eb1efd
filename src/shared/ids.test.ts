import { describe, expect, test } from 'vitest';
import { seededRandom } from '../engine/fault/seeded-random.ts';
import { seedForTesting } from '../../test/support/store/seed-for-testing.ts';
import { newThreadId, newUuidV7, nextItemId, parseItemId, parseThreadId } from './ids.ts';

const seed = seedForTesting();
const now = Date.UTC(2026, 10, 20);

describe('parseThreadId', () => {
  test.each(['a', 'T-101', 'a.b', 'a:b_c-D.9', '...', 'x'.repeat(128), newThreadId(now)])(
    'takes %s',
    (text) => {
      expect(parseThreadId(text)).toBe(text);
    },
  );

  test.each(['', '.', '..', 'a/b', 'a b', 'ä', 'a\n', 'a%2F', '__proto__!', 'x'.repeat(129)])(
    'refuses %j',
    (text) => {
      expect(parseThreadId(text)).toBeUndefined();
    },
  );
});

describe('parseItemId', () => {
  const id = '019aa000-0000-7000-8000-000000000000';
  test('takes a UUIDv7 in lower case and nothing else', () => {
    expect(parseItemId(id)).toBe(id);
    for (const text of [
      id.toUpperCase(),
      id.replace('-7', '-4'),
      id.replace('-8', '-c'),
      id.replaceAll('-', ''),
      `${id} `,
      `${id}\n`,
      '',
    ]) {
      expect(parseItemId(text)).toBeUndefined();
    }
  });
});

describe('newUuidV7', () => {
  test('holds the time and is a UUIDv7', () => {
    const id = newUuidV7(now);
    expect(parseItemId(id)).toBe(id);
    expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(now);
  });

  test.each([-1, -1e20, 0, 0.5, 2 ** 48 - 1, 2 ** 48, 1e300])('is one at the time %d', (nowMs) => {
    expect(parseItemId(newUuidV7(nowMs))).toBeDefined();
  });

  test('never repeats', () => {
    const ids = Array.from({ length: 20_000 }, () => newUuidV7(now));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('nextItemId', () => {
  test.each([
    ['stands still', () => now],
    ['runs backwards', (i: number) => now - i],
    ['jumps back an hour', (i: number) => now + i - (i % 100 > 50 ? 3_600_000 : 0)],
    ['is at the beginning of time', () => 0],
    ['runs', (i: number) => now + i],
  ])('rises when the clock %s', (_name, clock) => {
    let last: string | undefined;
    for (let i = 0; i < 2000; i++) {
      const id: string = nextItemId(last, clock(i));
      expect(parseItemId(id)).toBe(id);
      if (last !== undefined) expect(id > last).toBe(true);
      last = id;
    }
  });

  test.each([
    ['019aa000-0000-7000-8000-000000000000', '019aa000-0000-7000-800'],
    ['019aa000-0000-7000-8000-ffffffffffff', '019aa000-0000-7000-8001-'],
    ['019aa000-0000-7000-bfff-ffffffffffff', '019aa000-0000-7001-8000-'],
    ['019aa000-0000-7fff-bfff-ffffffffffff', '019aa000-0001-7000-8000-'],
    ['019aa000-ffff-7fff-bfff-ffffffffffff', '019aa001-0000-7000-8000-'],
  ])('after %s comes soon %s…', (last, next) => {
    for (let i = 0; i < 100; i++) {
      const id = nextItemId(last, 0);
      expect(parseItemId(id)).toBe(id);
      expect(id > last && id.startsWith(next)).toBe(true);
    }
  });

  test('differs wherever two continue from the same id', () => {
    const last = newUuidV7(now);
    const ids = Array.from({ length: 10_000 }, () => nextItemId(last, 0));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test(`is greater than any id whatever the clock says (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    for (let i = 0; i < 2000; i++) {
      const last = newUuidV7(now + random.below(1000));
      const id = nextItemId(last, now + random.below(1000));
      expect(id > last && parseItemId(id) === id).toBe(true);
    }
  });
});
