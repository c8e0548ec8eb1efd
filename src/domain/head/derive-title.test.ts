import { describe, expect, test } from 'vitest';
import { deriveTitle } from './derive-title.ts';
import { cpuMsOf } from '../../../test/support/shared/cpu-time-for-testing.ts';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function graphemesOf(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

describe('a derived title', () => {
  test.each([
    ['Hello', 'Hello'],
    ['  How\n\tdo  I \r\n begin?  ', 'How do I begin?'],
    ['a\u0000b\u0007\u2028c', 'a b c'],
    [
      'What is the best way to learn how sailing boats tack upwind',
      'What is the best way to learn how sailing boats',
    ],
    ['x'.repeat(50), 'x'.repeat(50)],
    [`${'x'.repeat(50)} more`, 'x'.repeat(50)],
    ['x'.repeat(80), 'x'.repeat(50)],
    [`See ${'x'.repeat(80)}`, 'See'],
    [
      'one two three four five six seven eight nine ten, eleven twelve',
      'one two three four five six seven eight nine ten',
    ],
    [`${' '.repeat(300)}late`, 'late'],
    ['é'.repeat(60), 'é'.repeat(50)],
    ['lone \ud800 surrogate', 'lone \ufffd surrogate'],
  ])('of %j is %j', (text, title) => {
    expect(deriveTitle(text)).toBe(title);
  });

  test.each(['', ' ', '\n\t\u0000 '])('does not come from %j', (text) => {
    expect(deriveTitle(text)).toBeUndefined();
  });

  test('never cuts inside a character that people see as one', () => {
    const characters = ['👨‍👩‍👧‍👦', '🇩🇪', 'e\u0301', '👍🏽', 'न\u093f', 'x'];
    for (const character of characters) {
      for (let lead = 0; lead < 12; lead++) {
        const text = 'y'.repeat(lead) + character.repeat(60);
        const title = deriveTitle(text)!;
        expect(title.length).toBeLessThanOrEqual(50);
        expect(title.length).toBeGreaterThan(30);
        expect(graphemesOf(text).slice(0, graphemesOf(title).length).join('')).toBe(title);
      }
    }
  });

  test('cuts scripts without spaces between words, not inside one', () => {
    const text =
      '私はその人を常に先生と呼んでいた。だからここでもただ先生と書くだけで本名は打ち明けない。これは世間を憚かる遠慮';
    const title = deriveTitle(text)!;
    expect(text.startsWith(title)).toBe(true);
    expect(title.length).toBeGreaterThan(40);
    const words = new Intl.Segmenter(undefined, { granularity: 'word' }).segment(text);
    expect(words.containing(title.length)?.index).toBe(title.length);
  });

  test('of a long text takes no longer than of a short one', () => {
    const long = 'word '.repeat(1_000_000);
    const cpuMs = cpuMsOf(() => {
      for (let i = 0; i < 1000; i++) deriveTitle(long);
    });
    expect(cpuMs).toBeLessThan(500);
  });

  test('does not mind how many blanks stand before it', () => {
    for (const blanks of ['\n'.repeat(600), ' \u0000\t\u2028'.repeat(10_000)]) {
      expect(deriveTitle(`${blanks}late  text`)).toBe('late text');
      expect(deriveTitle(blanks)).toBeUndefined();
    }
  });

  test('of a text that begins with blanks takes no longer than to look at them once', () => {
    const blank = `${' \n'.repeat(500_000)}late`;
    const cpuMs = cpuMsOf(() => {
      for (let i = 0; i < 20; i++) expect(deriveTitle(blank)).toBe('late');
    });
    expect(cpuMs).toBeLessThan(1000);
  });
});
