import { parsePartialJson as parseBySdk } from 'ai';
import { expect, test } from 'vitest';
import { parsePartialJson } from './partial-json.ts';

const texts = [
  JSON.stringify({ a: 'x"\\y\u0000\u2028', b: [1, -2.5, 3e10, true, false, null], c: { d: {} } }),
  JSON.stringify([[], {}, [[{ k: 'v' }]], '', 0], null, 2),
  '"\\u00e9\\n"',
  '-12.50',
  'true',
  ' { "a" : [ 1 , { "b:,{" : "}]" } ] } ',
];

test.each(texts)('every beginning reads as the AI SDK reads it: %s', async (text) => {
  for (let length = 0; length <= text.length; length += 1) {
    const beginning = text.slice(0, length);
    const { value } = await parseBySdk(beginning);
    expect([beginning, parsePartialJson(beginning)]).toEqual([beginning, value]);
  }
});

test('text that is not JSON has no value and does no harm', () => {
  for (const text of ['}', 'x', '[x', '{"a":1}}', '{{', '"a""b"', ']['.repeat(9)]) {
    expect([text, parsePartialJson(text)]).toEqual([text, parsePartialJson(text) ?? undefined]);
  }
  expect(parsePartialJson('nope')).toBeUndefined();
  expect(parsePartialJson('['.repeat(200_000))).toBeUndefined();
});
