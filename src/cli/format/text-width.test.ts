import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { cutToWidth, padToWidth, wrapToWidth } from './text-width.ts';

describe('a text', () => {
  test.each([
    ['', 0],
    ['plain', 5],
    ['é', 1],
    ['e\u0301', 1],
    ['你好', 4],
    ['한글', 4],
    ['ｱ', 1],
    ['Ａ', 2],
    ['👍', 2],
    ['👩‍👩‍👧', 2],
    ['🇩🇪', 2],
    ['❤️', 2],
    ['…', 1],
    ['—', 1],
    ['\u200b', 0],
  ])('%j takes %i columns', (text, width) => {
    expect(stringWidth(text)).toBe(width);
  });
});

describe('cutToWidth', () => {
  test('a text that fits stays unchanged', () => {
    expect(cutToWidth('fits', 4)).toBe('fits');
  });

  test('an ellipsis stands for what is missing', () => {
    expect(cutToWidth('too long', 6)).toBe('too l…');
    expect(cutToWidth('two words', 5)).toBe('two…');
  });

  test('a wide character or a family of emoji is never cut in two', () => {
    expect(cutToWidth('你好吗', 4)).toBe('你…');
    expect(cutToWidth('👩‍👩‍👧👩‍👩‍👧', 3)).toBe('👩‍👩‍👧…');
  });
});

test('padToWidth counts columns, not characters', () => {
  expect(padToWidth('你', 4, 'left')).toBe('你  ');
  expect(padToWidth('7', 3, 'right')).toBe('  7');
});

describe('wrapToWidth', () => {
  test('lines break between words', () => {
    expect(wrapToWidth('the quick brown fox', 10)).toEqual(['the quick', 'brown fox']);
  });

  test('line breaks and empty lines stay', () => {
    expect(wrapToWidth('a\n\nb', 10)).toEqual(['a', '', 'b']);
  });

  test('a word that is too long is broken, and nothing of it is lost', () => {
    const text = `see ${'x'.repeat(25)} there`;
    const lines = wrapToWidth(text, 10);
    expect(lines.every((line) => stringWidth(line) <= 10)).toBe(true);
    expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
  });

  test('scripts without spaces are broken by columns', () => {
    expect(wrapToWidth('你好你好', 5)).toEqual(['你好', '你好']);
  });

  test('a width too small for a single character still ends', () => {
    expect(wrapToWidth('你好', 1)).toEqual(['你', '好']);
  });
});
