import { expect, test } from 'vitest';
import { assert, unreachable } from './assert.ts';
import { ConflictError, errorCodes, invalid, notFound, SkeinError } from './error.ts';

test('an error has its code, its cause and its places', () => {
  const cause = new Error('disk');
  const error = new SkeinError('unavailable', 'Not now.', { cause });
  expect(error).toMatchObject({ name: 'SkeinError', code: 'unavailable', message: 'Not now.' });
  expect(error.cause).toBe(cause);
  expect(error.issues).toEqual([]);
  expect('cause' in new SkeinError('internal', 'No cause.')).toBe(false);
});

test('a conflict is a SkeinError of its own class', () => {
  const error = new ConflictError('Another commit won.');
  expect(error).toBeInstanceOf(SkeinError);
  expect(error).toMatchObject({ name: 'ConflictError', code: 'conflict' });
});

test('an error names the place of the invalid value', () => {
  expect(invalid('items.0.role', 'must be a text')).toMatchObject({
    code: 'invalid_request',
    message: 'items.0.role: must be a text',
    issues: [{ path: 'items.0.role', message: 'must be a text' }],
  });
  expect(invalid('', 'must be an object').message).toBe('must be an object');
  expect(notFound('The thread')).toMatchObject({ code: 'not_found', issues: [] });
});

test('the codes are a set', () => {
  expect(new Set(errorCodes).size).toBe(errorCodes.length);
});

test('assert and unreachable fail loudly', () => {
  expect(() => assert(0, 'zero')).toThrow(TypeError);
  expect(() => assert(true, 'fine')).not.toThrow();
  // The compiler excludes this call.
  expect(() => unreachable('x' as never)).toThrow(TypeError);
});
