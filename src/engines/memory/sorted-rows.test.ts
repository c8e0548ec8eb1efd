import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../engine/fault/seeded-random.ts';
import type { StoredRow } from './memory-schema.ts';
import { SortedRows, type Range } from './sorted-rows.ts';

const columns = ['thread', 'number'];
const row = (thread: string, number: number, text = ''): Record<string, string | number> => {
  return { thread, number, text };
};

/** Puts a row, and returns the one in whose place it is now, if any. */
function put(rows: SortedRows, row: StoredRow): StoredRow | undefined {
  const taken = rows.add({ row });
  if (taken === undefined) return undefined;
  const { row: replaced } = taken;
  taken.row = row;
  return replaced;
}

function numbersOf(rows: SortedRows, range: Partial<Range> = {}): unknown[] {
  return rows.scan({ prefix: [], limit: 1000, ...range }).map(({ number }) => number);
}

describe.each([2, 3, 4, 7, 64])('in chunks of %i rows', (chunkRowsMax) => {
  test('rows put and deleted at random are those of a sorted array', () => {
    const random = seededRandom(chunkRowsMax);
    const rows = new SortedRows(columns, chunkRowsMax);
    const expected = new Set<number>();
    for (let i = 0; i < 3000; i++) {
      const number = random.below(300);
      const grows = i % 600 < 400; // grows and shrinks several times
      if (random.chance(grows ? 0.7 : 0.2)) {
        const replaced = put(rows, row('t', number, `text ${i}`));
        expect(replaced !== undefined).toBe(expected.has(number));
        expected.add(number);
      } else {
        rows.delete(row('t', number));
        expected.delete(number);
      }
      if (i % 50 > 0) continue;
      const sorted = [...expected].toSorted((a, b) => a - b);
      expect(numbersOf(rows)).toEqual(sorted);
      expect(numbersOf(rows, { reverse: true })).toEqual(sorted.toReversed());
      const [after, before] = [random.below(300), random.below(300)];
      const between = sorted.filter((one) => one > after && one < before);
      const range = { prefix: ['t'], after: [after], before: [before] };
      expect(numbersOf(rows, range)).toEqual(between);
      const down = numbersOf(rows, { ...range, reverse: true, limit: 5 });
      expect(down).toEqual(between.toReversed().slice(0, 5));
    }
  });

  test('a row put again replaces the one before, and is found by its values', () => {
    const rows = new SortedRows(columns, chunkRowsMax);
    for (let i = 0; i < 20; i++) put(rows, row('t', i, 'old'));
    for (let i = 0; i < 20; i++) expect(put(rows, row('t', i, 'new'))?.text).toBe('old');
    expect(rows.get(['t', 7])?.text).toBe('new');
    expect(rows.get(['t', 20])).toBeUndefined();
    expect(rows.get(['s', 7])).toBeUndefined();
    expect([...rows]).toHaveLength(20);
  });

  test('threads that grow in turn stay apart', () => {
    const rows = new SortedRows(columns, chunkRowsMax);
    for (let i = 0; i < 90; i++) put(rows, row(`t${i % 3}`, i));
    for (const prefix of ['t0', 't1', 't2']) {
      expect(numbersOf(rows, { prefix: [prefix] })).toHaveLength(30);
    }
    expect(numbersOf(rows, { prefix: ['t1'], reverse: true, limit: 2 })).toEqual([88, 85]);
    expect(numbersOf(rows, { prefix: ['t3'] })).toEqual([]);
  });

  test('deleting a row that is not there does nothing', () => {
    const rows = new SortedRows(columns, chunkRowsMax);
    rows.delete(row('t', 1));
    put(rows, row('t', 1));
    rows.delete(row('t', 2));
    rows.delete(row('s', 1));
    expect(numbersOf(rows)).toEqual([1]);
    rows.delete(row('t', 1));
    expect(numbersOf(rows)).toEqual([]);
  });
});
