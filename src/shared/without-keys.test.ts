import { expect, test } from 'vitest';
import { errorWithoutKeys, withoutKeys } from './without-keys.ts';

const known = ['correct-horse', 'correct-horse-battery'];

test.each([
  ['Incorrect API key provided: sk-wrong-0123456789abcdef.', 'Incorrect API … …'],
  ['{"authorization":"Bearer sk-live-1"}', '{"authorization":"…'],
  ['see https://api.test/keys?key=1', 'see …'],
  ['the token abc', 'the token abc'],
  ['model gpt-5 is overloaded', 'model gpt-5 is overloaded'],
  ['got correct-horse-battery and correct-horse', 'got … and …'],
])('%j becomes %j', (text, expected) => {
  expect(withoutKeys(text, known)).toBe(expected);
});

test('an error keeps its message, stack and cause, without the keys', () => {
  const request = { headers: { authorization: 'Bearer sk-live-0123456789' } };
  const cause = Object.assign(new TypeError('Got correct-horse'), { statusCode: 401, request });
  const thrown = Object.assign(
    new RangeError('It failed for Bearer sk-live-0123456789', { cause }),
    {
      code: 'sk-live-0123456789',
    },
  );
  const told = errorWithoutKeys(thrown, known);
  expect(told).toMatchObject({ name: 'RangeError', message: 'It failed for …', code: '…' });
  expect(told.stack).toMatch(/^RangeError: It failed for …\n {4}at .*without-keys\.test\.ts:\d+/);
  expect(told.cause).toMatchObject({ name: 'TypeError', message: 'Got …', statusCode: 401 });
  expect(told.cause).not.toHaveProperty('request');
  expect((told.cause as Error).stack).toMatch(/^TypeError: Got …\n {4}at /);
});

test('a message that looks like a stack is a message', () => {
  const told = errorWithoutKeys(new Error('No.\n    at Bearer sk-live-1'), []);
  expect(told.stack).not.toContain('sk-live');
  expect(told.stack).toContain('without-keys.test.ts');
});

test('whatever is thrown becomes an error, and causes that go in a circle come to an end', () => {
  expect(errorWithoutKeys('correct-horse', known).message).toBe('…');
  expect(errorWithoutKeys({ message: 'not correct-horse' }, known).message).toBe('not …');
  expect(errorWithoutKeys(undefined, known).message).toContain('undefined');
  expect(errorWithoutKeys(Object.create(null), known).message).toContain('object');
  const circle = new Error('again');
  circle.cause = circle;
  let depth = 0;
  for (let at: unknown = errorWithoutKeys(circle, []); at instanceof Error; at = at.cause) depth++;
  expect(depth).toBeLessThan(20);
});

test('a known key that is too short to be one is a word', () => {
  expect(withoutKeys('ollama said no', ['', 'ollama'])).toBe('ollama said no');
});
