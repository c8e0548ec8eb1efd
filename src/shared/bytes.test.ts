import { describe, expect, test } from 'vitest';
import { seededRandom } from '../engine/fault/seeded-random.ts';
import { seedForTesting } from '../../test/support/store/seed-for-testing.ts';
import {
  compareUtf8,
  fromBase64Url,
  sha256,
  sha256Soon,
  toBase64Url,
  utf8Length,
} from './bytes.ts';

const seed = seedForTesting();
const alphabet = [
  '',
  'a',
  'z',
  ' ',
  '\u0000',
  '\u007f',
  '\u0080',
  'é',
  '\ud7ff',
  '\ue000',
  '\uffff',
];
const beyond = ['\u{10000}', '😀', '\u{10ffff}'];

describe('compareUtf8', () => {
  test(`orders as the bytes do (SEED=${seed})`, () => {
    const random = seededRandom(seed);
    const text = (): string =>
      Array.from({ length: random.below(5) }, () => random.pick([...alphabet, ...beyond])).join('');
    const encoder = new TextEncoder();
    for (let i = 0; i < 5000; i++) {
      const [a, b] = [text(), text()];
      const expected = Math.sign(compareBytes(encoder.encode(a), encoder.encode(b)));
      expect([a, b, Math.sign(compareUtf8(a, b))]).toEqual([a, b, expected]);
    }
  });

  test('differs from the order of UTF-16 above U+FFFF', () => {
    const [high, beyond] = ['\uffff', '😀'];
    expect(high < beyond).toBe(false);
    expect(compareUtf8('\uffff', '😀')).toBeLessThan(0);
  });
});

describe('base64url', () => {
  test('comes back as it went in', () => {
    for (let length = 0; length < 70; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + length) % 256);
      const text = toBase64Url(bytes);
      expect(text).toMatch(/^[A-Za-z0-9_-]*$/);
      expect(text).toBe(Buffer.from(bytes).toString('base64url'));
      expect(fromBase64Url(text)).toEqual(bytes);
    }
  });

  test.each(['a', 'abcde', '+', '/', '=', 'YQ==', 'a b', 'ä', '\n'])('%j is none', (text) => {
    expect(fromBase64Url(text)).toBeUndefined();
  });
});

test('sha256 is the standard one', async () => {
  expect(await sha256('')).toBe('47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU');
  expect(await sha256('sk_ä')).toHaveLength(43);
  expect(await sha256('a')).not.toBe(await sha256('b'));
});

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

test('a hash that is had at once is the same', async () => {
  const texts = ['', 'a', 'é😀', 'half \ud83d pair', 'x'.repeat(40_000)];
  for (const text of texts) expect(await sha256Soon(text)).toBe(await sha256(text));
  expect(typeof sha256Soon('short')).toBe('string');
});

test('a text has its size as UTF-8', () => {
  for (const text of ['', 'abc', 'äöü', '漢字', '😀😀', 'a漢😀ü', '\ud83d', 'x'.repeat(5000)]) {
    expect(utf8Length(text), text).toBe(new TextEncoder().encode(text).byteLength);
  }
});
