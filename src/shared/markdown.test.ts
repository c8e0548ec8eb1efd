import { expect, test } from 'vitest';
import { withoutMarks } from './markdown.ts';

test.each([
  ['Plain words, 2 * 3 * 4 and snake_case_name.', 'Plain words, 2 * 3 * 4 and snake_case_name.'],
  ['**Bold**, *slanted*, ***both*** and __bold__', 'Bold, slanted, both and bold'],
  ['_slanted_ but not a_b_c, nor _ this _', 'slanted but not a_b_c, nor _ this _'],
  ['~~gone~~ ~ 5', 'gone ~ 5'],
  ['## Title ##\ntext', 'Title\ntext'],
  ['#hashtag', '#hashtag'],
  ['- one\n* two\n+ three\n- [x] done', 'one\ntwo\nthree\ndone'],
  ['-5 degrees', '-5 degrees'],
  ['1. first', '1. first'],
  ['> quoted\n>> twice', 'quoted\ntwice'],
  ['a > b', 'a > b'],
  ['Run `npm test` now', 'Run npm test now'],
  ['```ts\nconst a = 1;\n```\nEnd', '\nconst a = 1;\n\nEnd'],
  ['See [the page](https://example.com/a_b) and ![a cat](cat.png)', 'See the page and a cat'],
  ['See [the page](https://example.com/very-lo', 'See the page'],
  ['[x] and [1]', '[x] and [1]'],
  ['<https://example.com>', 'https://example.com'],
  ['a <b> c', 'a <b> c'],
  ['| a | b |\n|---|:-:|\n| 1 | 2 |', ' a | b \n\n 1 | 2 '],
  ['one\n\n---\n\ntwo', 'one\n\n\n\ntwo'],
  ['not \\*slanted\\*', 'not *slanted*'],
  ['**', '**'],
  ['', ''],
])('%j reads %j', (text, plain) => {
  expect(withoutMarks(text)).toBe(plain);
});

test.each(['[', '`', '*', '_a', '~~', '![](', '> ', '|-', '**a'])(
  'a long run of %j is done at once, and nothing is added',
  (unit) => {
    expect(withoutMarks(unit.repeat(10_000)).length).toBeLessThanOrEqual(800);
  },
);
