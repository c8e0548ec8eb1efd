import { expect, expectTypeOf, test } from 'vitest';
import { allTables, tablesOfThreads, type StoredRows, type TableName } from './all-tables.ts';
import { chunks, comparisons, streams, threads, votes, type ThreadRow } from './tables.ts';

test('the map has every declared table once, the oldest first', () => {
  const ids = allTables.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => a - b));
  expect(allTables[0]).toBe(threads);
});

test('a row has the type that its table was declared with', () => {
  expectTypeOf<StoredRows['threads']>().toEqualTypeOf<ThreadRow>();
  expectTypeOf<'document_paths'>().toExtend<TableName>();
  expectTypeOf<'paths'>().not.toExtend<TableName>();
});

test('the tables of threads go with what may still be written to first', () => {
  const threadTables = tablesOfThreads(allTables.toReversed());
  expect(threadTables).not.toContain(threads);
  for (const { key } of threadTables) expect(key[0]).toBe('threadId');
  const at = (table: unknown): number => threadTables.findIndex((other) => other === table);
  expect(at(streams)).toBeLessThan(at(chunks));
  expect(at(comparisons)).toBeLessThan(at(votes));
  expect(at(streams)).toBeGreaterThanOrEqual(0);
});
