import { expect, test } from 'vitest';
import { seededRandom } from '../../../engine/fault/seeded-random.ts';
import { seedForTesting } from '../../../../test/support/store/seed-for-testing.ts';
import { fromThreadKey, isHashedKey, toThreadKey } from './thread-key.ts';

const seed = seedForTesting();

test('plain ids are kept as they are', () => {
  for (const id of [
    '1',
    'a',
    'user:42',
    'A_b.c-d',
    'x'.repeat(128),
    'lg.',
    'lg',
    'lg.a',
    'lga..',
  ]) {
    expect(toThreadKey(id)).toBe(id);
  }
});

test('other ids are escaped, and long ones hashed', () => {
  expect(toThreadKey('')).toBe('lg..');
  expect(toThreadKey('.')).toBe('lg...2e');
  expect(toThreadKey('a/ä线')).toBe('lg..a.2f.e4:7ebf');
  expect(toThreadKey('lg..a')).toBe('lg..lg.2e.2ea');
  const hashed = toThreadKey('x'.repeat(129));
  expect(hashed).toMatch(/^lg\.:[\w-]{43}$/);
  expect(isHashedKey(hashed)).toBe(true);
  expect(fromThreadKey(hashed, 'x'.repeat(129))).toBe('x'.repeat(129));
});

test(`no two ids have the same key, and ids come back from keys, seed ${seed}`, () => {
  const random = seededRandom(seed);
  const units = [
    'a',
    '2',
    'e',
    '.',
    ':',
    '/',
    'lg..',
    'lg.:',
    '.2e',
    ':002e',
    'é',
    '\ud800',
    '\u{1f600}',
  ];
  const ids = new Map<string, string>();
  const add = (id: string): void => {
    const key = toThreadKey(id);
    expect(key).toMatch(/^[A-Za-z0-9_.:-]{1,128}$/);
    expect(ids.get(key) ?? id).toBe(id);
    ids.set(key, id);
    expect(fromThreadKey(key, id)).toBe(id);
  };
  for (let run = 0; run < 5000; run++) {
    const id = Array.from({ length: random.below(random.pick([6, 40])) }, () => random.pick(units));
    add(id.join(''));
    // A key of another id is also an id.
    add(toThreadKey(id.join('')));
  }
});
