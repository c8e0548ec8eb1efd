import { expect, test } from 'vitest';
import { encodeOnce } from './encode-once.ts';

interface Value {
  readonly object: object;
  readonly name: string;
}

test('the same object under the same name is encoded once, another one again', () => {
  let count = 0;
  const encode = encodeOnce<Value>(
    ({ name }) => `${name} ${++count}`,
    ({ object, name }) => [object, name],
  );
  const [object, other] = [{}, {}];
  const first = encode({ object, name: 'a' });
  expect(encode({ object, name: 'a' })).toBe(first);
  expect(new TextDecoder().decode(first)).toBe('a 1');
  for (const value of [
    { object, name: 'b' },
    { object: other, name: 'a' },
  ]) {
    expect(encode(value)).not.toBe(first);
  }
  expect(count).toBe(3);
});

test('what belongs to one reader is encoded each time', () => {
  const encode = encodeOnce<string>(
    (text) => text,
    () => undefined,
  );
  expect(encode('x')).toEqual(encode('x'));
  expect(encode('x')).not.toBe(encode('x'));
});
