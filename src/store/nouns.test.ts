import { expect, test } from 'vitest';
import { allTables } from '../records/all-tables.ts';
import { allNouns, tablesOf } from './nouns.ts';

test('every table belongs to one noun, or to the store', () => {
  const names = tablesOf(allNouns).map(({ name }) => name);
  expect(names.toSorted()).toEqual(allTables.map(({ name }) => name).toSorted());
});

test('nouns have distinct names', () => {
  const names = allNouns.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
