import { describe, expect, test } from 'vitest';
import { cutText, isShortText } from './text.ts';

describe('isShortText', () => {
  test.each(['', 'a', 'Grüße', '👩‍👩‍👧', 'a b', '100 %', '\u00a0', '\u0301'])('%j is one', (text) => {
    expect(isShortText(text, 20)).toBe(true);
  });

  test.each([
    ...['\u0000', '\n', '\r', '\t', '\u001b[31m', '\u007f', '\u0085', '\u009f', '\u2028', '\u2029'],
    ...['\ud800', 'a\udc00', '\udc00\ud800'],
  ])('%j is none', (text) => {
    expect(isShortText(text, 20)).toBe(false);
  });

  test('counts UTF-16 units', () => {
    expect(isShortText('x'.repeat(20), 20)).toBe(true);
    expect(isShortText('x'.repeat(21), 20)).toBe(false);
    expect(isShortText('😀'.repeat(11), 20)).toBe(false);
  });
});

describe('cutText', () => {
  const family = '👩‍👩‍👧';
  test.each([
    ['short', 10, 'short'],
    ['exactly10!', 10, 'exactly10!'],
    ['more than ten', 10, 'more than '],
    ['123456789😀', 10, '123456789'],
    ['12345678😀9', 10, '12345678😀'],
    [`12345${family}`, 10, '12345'],
    [`12${family}3`, 10, `12${family}`],
    ['123456789e\u0301x', 10, '123456789'],
    ['12345678e\u0301x', 10, '12345678e\u0301'],
    ['123456789🇩🇪', 10, '123456789'],
    [`e${'\u0301'.repeat(200)}`, 10, ''],
    ['abc', 0, ''],
  ])('%j to %i is %j', (text, lengthMax, expected) => {
    expect(cutText(text, lengthMax)).toBe(expected);
  });

  test('gives a beginning, within the bound, whole characters, of any text', () => {
    const pieces = ['a', 'é', 'e\u0301', '😀', family, '🇩🇪', '한', 'नि', ' '];
    for (let start = 0; start < pieces.length; start++) {
      const text = Array.from({ length: 40 }, (_, i) => pieces[(start + i * 7) % 9]).join('');
      const segments = [...new Intl.Segmenter('en').segment(text)].map(({ index }) => index);
      for (let lengthMax = 0; lengthMax < text.length + 2; lengthMax++) {
        const cut = cutText(text, lengthMax);
        expect(text.startsWith(cut)).toBe(true);
        expect(cut.length).toBeLessThanOrEqual(lengthMax);
        expect([...segments, text.length]).toContain(cut.length);
      }
    }
  });
});
