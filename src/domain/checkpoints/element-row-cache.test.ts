import { expect, test } from 'vitest';
import type { CheckpointElementRow } from '../../records/tables.ts';
import { parseStoredThreadId } from '../../shared/ids.ts';
import { ElementRowCache } from './element-row-cache.ts';

const threadId = parseStoredThreadId('t')!;

function rowOf(lane: string, id: number, length: number): CheckpointElementRow {
  return { threadId, lane, id, hash: 'hash', json: { content: ['x'.repeat(length)] } };
}

test('rows are found by thread and lane, and cannot be changed', () => {
  const cache = new ElementRowCache();
  cache.add(threadId, 'a', [rowOf('a', 1, 10), rowOf('a', 2, 10)]);
  cache.add(threadId, 'b', [rowOf('b', 1, 20)]);
  expect([...cache.rowsOf(threadId, 'a').keys()]).toEqual([1, 2]);
  expect(cache.rowsOf(parseStoredThreadId('u')!, 'a').size).toBe(0);
  const row = cache.rowsOf(threadId, 'b').get(1)!;
  expect(row).toEqual(rowOf('b', 1, 20));
  const { content } = row.json as { content: string[] };
  expect(() => content.push('more')).toThrow(TypeError);
});

test('the least recently used rows are evicted first', () => {
  const cache = new ElementRowCache();
  const megabyte = 1024 * 1024;
  for (const lane of ['a', 'b', 'c']) cache.add(threadId, lane, [rowOf(lane, 1, 10 * megabyte)]);
  expect(cache.rowsOf(threadId, 'a').size).toBe(1);
  cache.add(threadId, 'd', [rowOf('d', 1, 10 * megabyte)]);
  const kept = ['a', 'b', 'c', 'd'].filter((lane) => cache.rowsOf(threadId, lane).size > 0);
  expect(kept).toEqual(['a', 'c', 'd']);
  // A row larger than the whole cache is not cached.
  cache.add(threadId, 'e', [rowOf('e', 1, 40 * megabyte)]);
  expect(['a', 'b', 'c', 'd', 'e'].flatMap((lane) => [...cache.rowsOf(threadId, lane)])).toEqual(
    [],
  );
});
