import { expect, test } from 'vitest';
import { findTexts, unknown } from './written-texts.ts';

const u = unknown;

test.each([
  ["f('a', `b`)", ['a', 'b']],
  ["'a' + 'b' + `c`", ['abc']],
  ["x + 'a' + y + 'b'", [`${u}a${u}`, `${u}b`]],
  ["'a'.concat('b')", ['ab']],
  ['`a${x}b`', [`a${u}b`]],
  ["`a${'b' + 'c'}d`", ['abcd']],
  ["`a${x ? 'b' : `c`}d`", ['b', 'c', `a${u}d`]],
  ['`a${ { b: 1 }.b }c`', [`a${u}c`]],
  ["const a = 'b';\nconst c = `${a}d`;", ['b', 'bd']],
  ["['a', x, `b`].join('-')", [`a-${u}-b`]],
  ["['a', 'b']", ['a', 'b']],
  [String.raw`/^a\/b/g`, ['a/b']],
  [String.raw`'it\'s'`, [String.raw`it\'s`]],
  ["// 'a'\n/* `b` */", []],
  ["<p>It's</p>;\nf('a');", ['', 'a']],
])('the texts of %j', (source, texts) => {
  expect(findTexts(source).map(({ text }) => text)).toEqual(texts);
});

test('a text has its offset', () => {
  expect(findTexts("f('a' + 'b');")).toEqual([{ text: 'ab', offset: 2 }]);
});
