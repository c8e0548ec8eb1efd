import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createSha256, type Sha256 } from './sha256.ts';

const texts = [
  '',
  'abc',
  'a'.repeat(55),
  'a'.repeat(56),
  'a'.repeat(64),
  'ä€😀'.repeat(100),
  'x'.repeat(100_000),
];

describe.each([
  ['with the help of the platform', (): Sha256 => createSha256()],
  ['in JavaScript alone', (): Sha256 => createSha256(null)],
])('SHA-256 %s', (_, create) => {
  test.each(texts)('is that of the whole text, however it is cut (text %#)', (text) => {
    const expected = createHash('sha256').update(text).digest('hex');
    const characters = Array.from(text);
    for (const size of [1, 7, 64, 100_001]) {
      const hash = create();
      for (let i = 0; i < characters.length; i += size) {
        hash.update(characters.slice(i, i + size).join(''));
      }
      expect(hash.digest()).toBe(expected);
    }
  });
});
