import { expect, test } from 'vitest';
import { nextItemId } from '../../shared/ids.ts';
import { IdMap } from './id-map.ts';

test('finds the copy of every original, and nothing else', () => {
  const map = new IdMap();
  const originals: string[] = [];
  const copies: string[] = [];
  for (let i = 0; i < 1000; i++) {
    originals.push(nextItemId(originals.at(-1), 1_000_000 + i));
    copies.push(nextItemId(copies.at(-1), 9_000_000 + i));
    expect(map.add(originals[i]!, copies[i]!)).toBeUndefined();
  }
  expect(originals.map((id) => map.get(id))).toEqual(copies);
  expect(map.get(copies[0]!)).toBeUndefined();
  expect(map.get('not an id')).toBeUndefined();
});

test('refuses invalid item ids, and ids that do not rise', () => {
  const map = new IdMap();
  const first = nextItemId(undefined, 1000);
  expect(map.add('x', first)).toBe('must be an item id');
  expect(map.add(first, first)).toBeUndefined();
  expect(map.add(first, first)).toBe('must be greater than the id of the item before it');
});
