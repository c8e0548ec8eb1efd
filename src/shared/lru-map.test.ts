import { expect, test } from 'vitest';
import { LruMap } from './lru-map.ts';

test('forgets the entry used longest ago', () => {
  const map = new LruMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  expect(map.get('a')).toBe(1);
  map.set('c', 3);
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([1, undefined, 3]);
});

test('looking at an entry does not use it', () => {
  const map = new LruMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  expect(map.peek('a')).toBe(1);
  map.set('c', 3);
  expect([map.peek('a'), map.peek('b'), map.peek('c')]).toEqual([undefined, 2, 3]);
});

test('setting an entry again uses it and keeps its place', () => {
  const map = new LruMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  map.set('c', 4);
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([3, undefined, 4]);
});

test('deletes and clears', () => {
  const map = new LruMap<string, number>(3);
  map.set('a', 1);
  map.set('b', 2);
  map.delete('a');
  map.delete('not there');
  expect([map.get('a'), map.get('b')]).toEqual([undefined, 2]);
  map.clear();
  expect(map.get('b')).toBeUndefined();
});

test('never holds more than its bound', () => {
  const map = new LruMap<number, number>(10);
  for (let i = 0; i < 1000; i++) map.set(i, i);
  const held = Array.from({ length: 1000 }, (_, i) => map.get(i)).filter((v) => v !== undefined);
  expect(held).toEqual([990, 991, 992, 993, 994, 995, 996, 997, 998, 999]);
});
