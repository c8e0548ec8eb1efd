import { expect, test } from 'vitest';
import { SkeinError } from '../shared/error.ts';
import { check } from './check.ts';
import { appendBodySchema } from './schemas/items.ts';
import { threadListQuery, threadPatchSchema } from './schemas/threads.ts';

function issuesOf(call: () => unknown): readonly { path: string; message: string }[] {
  try {
    call();
  } catch (error) {
    if (error instanceof SkeinError && error.code === 'invalid_request') return error.issues;
    throw error;
  }
  throw new TypeError('the check passed');
}

test('names everything that is wrong', () => {
  const body = { items: [{ role: 'robot', parts: {}, text: 4, colour: 'red' }, {}], more: 1 };
  expect(issuesOf(() => check(appendBodySchema, body))).toEqual([
    { path: 'items.0.role', message: 'must be one of user, assistant, system, tool' },
    { path: 'items.0.parts', message: 'must be an array' },
    { path: 'items.0.text', message: 'must be a string' },
    { path: 'items.0.colour', message: 'is not a known field' },
    { path: 'items.1.role', message: 'is required' },
    { path: 'more', message: 'is not a known field' },
  ]);
  expect(issuesOf(() => check(appendBodySchema, {}))).toEqual([
    { path: 'items', message: 'is required' },
  ]);
  expect(issuesOf(() => check(appendBodySchema, [], 'body'))).toEqual([
    { path: 'body', message: 'must be an object' },
  ]);
});

test('sees keys that JavaScript treats specially', () => {
  const body: unknown = JSON.parse('{"__proto__": {}, "constructor": 1, "title": "a"}');
  expect(issuesOf(() => check(threadPatchSchema, body)).map(({ path }) => path)).toEqual([
    '__proto__',
    'constructor',
  ]);
});

test('names at most 20 faults, however many there are', () => {
  const body = { items: Array.from({ length: 10_000 }, () => 1) };
  expect(issuesOf(() => check(appendBodySchema, body))).toHaveLength(20);
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`key${i}`, i]));
  expect(issuesOf(() => check(threadPatchSchema, many))).toHaveLength(20);
});

test('does not look into a list beyond the bound', () => {
  const body = { items: Array.from({ length: 10_001 }, () => ({ role: 'user', text: '' })) };
  expect(issuesOf(() => check(appendBodySchema, body))).toEqual([
    { path: 'items', message: 'must be an array of at most 10000 entries' },
  ]);
});

test('passes parts and metadata on unchanged', () => {
  const body = JSON.parse(
    '{"items":[{"role":"user","parts":[{"type":"x","__proto__":{"a":1}}],"metadata":{"__proto__":2}}]}',
  ) as {
    items: [{ parts: unknown; metadata: unknown }];
  };
  const { items } = check(appendBodySchema, body);
  expect(items[0]!.parts).toBe(body.items[0].parts);
  expect(items[0]!.metadata).toBe(body.items[0].metadata);
});

test('reads query parameters as what they mean', () => {
  expect(check(threadListQuery, { limit: '7', archived: 'true' })).toEqual({
    limit: 7,
    archived: true,
  });
  for (const limit of ['0', '-1', '1001', 'abc', '1e3', '', ' 5', '5.0', '0x10']) {
    expect(issuesOf(() => check(threadListQuery, { limit }))).toEqual([
      { path: 'limit', message: 'must be a whole number from 1 to 1000' },
    ]);
  }
});
