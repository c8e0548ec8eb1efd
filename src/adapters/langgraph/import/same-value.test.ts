import { AIMessage, HumanMessage } from '@langchain/core/messages';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { isSameValue } from './same-value.ts';

const make: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => 0,
  () => -0,
  () => Number.NaN,
  () => '0',
  () => [],
  () => [undefined],
  () => [[1], [2]],
  () => [[1], [3]],
  () => ({}),
  () => ({ a: undefined }),
  () => ({ a: 1, b: [2] }),
  () => ({ a: 1, b: [3] }),
  () => ({ a: 1, c: [2] }),
  () => JSON.parse('{"__proto__": 1}') as unknown,
  () => new Map([['a', { b: 1 }]]),
  () => new Map([['a', { b: 2 }]]),
  () => new Set([1]),
  () => new Set([2]),
  () => /a/g,
  () => /a/i,
  () => new Error('a'),
  () => new Error('b'),
  () => new Date(1),
  () => new Date(2),
  () => new Uint8Array([1]),
  () => new Uint8Array([2]),
  () => Buffer.from([1]),
  () => new HumanMessage({ id: '1', content: 'a' }),
  () => new HumanMessage({ id: '1', content: 'b' }),
  () => new AIMessage({ id: '1', content: 'a' }),
  () =>
    new AIMessage({ id: '1', content: 'a', tool_calls: [{ id: 'x', name: 'y', args: { z: 1 } }] }),
];

test('says of all values what Node says', () => {
  for (const [i, left] of make.entries()) {
    for (const [j, right] of make.entries()) {
      const [a, b] = [left(), right()];
      expect(isSameValue(a, b), `${i} and ${j}`).toBe(isDeepStrictEqual(a, b));
      expect(isSameValue({ in: [a] }, { in: [b] })).toBe(isDeepStrictEqual(a, b));
    }
    expect(isSameValue(left(), left()), `${i}`).toBe(true);
  }
});
