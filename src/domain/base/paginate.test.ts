import { describe, expect, test } from 'vitest';
import { seededRandom, type SeededRandom } from '../../engine/fault/seeded-random.ts';
import { allPages, issuesOf, times } from '../../../test/support/store/store-kit-for-testing.ts';
import { seedForTesting } from '../../../test/support/store/seed-for-testing.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { paginate, rowsScannedMax, type ListSource, type RowRange } from './paginate.ts';

const seed = seedForTesting();

/** A row is its position; beside it stands whether the list shows it. */
interface Fake extends ListSource<number, number> {
  /** The contents of the list, in its own order. */
  readonly shown: readonly number[];
  scanned: number;
}

function fakeList(count: number, isShown: (row: number) => boolean, isDescending: boolean): Fake {
  const rows = times(count, (i) => i * 10);
  const shown = rows.filter(isShown);
  const fake: Fake = {
    list: `fake ${count}`,
    shape: ['number'],
    isDescending,
    shown: isDescending ? shown.toReversed() : shown,
    scanned: 0,
    scan(range: RowRange) {
      const after = Number(range.after?.[0] ?? -1);
      const before = Number(range.before?.[0] ?? Infinity);
      const within = rows.filter((row) => row > after && row < before);
      const found = (range.reverse ? within.toReversed() : within).slice(0, range.limit);
      fake.scanned += found.length;
      return Promise.resolve(found);
    },
    positionOf: (row) => [row],
    present: (list) => Promise.resolve(list.map((row) => (isShown(row) ? row : undefined))),
  };
  return fake;
}

describe('a list read page by page', () => {
  test.each([false, true])(
    'forward gives all, once, in order (descending: %s)',
    async (isDescending) => {
      for (const count of [0, 1, 2, 49, 50, 51, 100, 1001]) {
        for (const limit of [1, 2, 7, 50, 1000]) {
          if (count / limit > 120) continue;
          const list = fakeList(count, (row) => row % 30 !== 0, isDescending);
          const all = await allPages((after) => paginate(list, { limit, ...(after && { after }) }));
          expect(all).toEqual(list.shown);
        }
      }
    },
  );

  test(`agrees with slices of an array, both ways (SEED=${seed})`, async () => {
    const random = seededRandom(seed);
    for (let round = 0; round < 300; round++) await compareWalk(random);
  });

  test('reads a bounded number of rows for a page, and says that there is more', async () => {
    const list = fakeList(10_000, (row) => row === 75_000, false);
    const first = await paginate(list, { limit: 10 });
    expect(first.data).toEqual([]);
    expect(first.nextCursor).not.toBeNull();
    expect(list.scanned).toBeLessThanOrEqual(rowsScannedMax + 1000);
    const all = await allPages((after) => paginate(list, { limit: 10, ...(after && { after }) }));
    expect(all).toEqual([75_000]);
  });

  test.each([false, true])(
    'beyond either end is empty and leads back (descending: %s)',
    async (isDescending) => {
      const list = fakeList(5, () => true, isDescending);
      const [first, last] = [list.shown[0]!, list.shown[4]!];
      const beyond = await paginate(list, { limit: 2, after: encodeCursor(list.list, [last]) });
      expect(beyond).toMatchObject({ data: [], nextCursor: null });
      const back = await paginate(list, { limit: 2, before: beyond.prevCursor! });
      expect(back.data).toEqual(list.shown.slice(3));
      expect(back.nextCursor).toBeNull();
      const ahead = await paginate(list, { limit: 2, before: encodeCursor(list.list, [first]) });
      expect(ahead).toMatchObject({ data: [], prevCursor: null });
      const forth = await paginate(list, { limit: 2, after: ahead.nextCursor! });
      expect(forth.data).toEqual(list.shown.slice(0, 2));
      expect(forth.prevCursor).toBeNull();
    },
  );

  test('backward over what is left out ends, too', async () => {
    const list = fakeList(5000, () => false, false);
    let before = encodeCursor(list.list, [49_990]);
    for (let pages = 0; ; pages++) {
      expect(pages).toBeLessThan(10);
      const page = await paginate(list, { before });
      expect(page.data).toEqual([]);
      if (page.prevCursor === null) break;
      before = page.prevCursor;
    }
  });

  test.each([0, -1, 1001, 1.5, Number.NaN, '5', null])('refuses the limit %j', async (limit) => {
    const list = fakeList(3, () => true, false);
    expect(await issuesOf(paginate(list, { limit: limit as number }))).toEqual(['limit']);
  });
});

/** Walks one list with pages of random sizes in random directions. */
async function compareWalk(random: SeededRandom): Promise<void> {
  const density = random.fraction();
  const hidden = new Set(times(200, (i) => i * 10).filter(() => random.chance(density)));
  const list = fakeList(random.below(120), (row) => !hidden.has(row), random.chance(0.5));
  const { shown } = list;
  let page = await paginate(list, { limit: 1 + random.below(10) });
  let end = page.data.length;
  expect(page.data).toEqual(shown.slice(0, end));
  for (let step = 0; step < 20; step++) {
    const limit = 1 + random.below(10);
    const start = end - page.data.length;
    if (page.prevCursor !== null && page.data.length > 0 && random.chance(0.4)) {
      page = await paginate(list, { limit, before: page.prevCursor });
      expect(page.data).toEqual(shown.slice(Math.max(0, start - limit), start));
      end = start;
    } else if (page.nextCursor !== null) {
      page = await paginate(list, { limit, after: page.nextCursor });
      expect(page.data).toEqual(shown.slice(end, end + limit));
      end += page.data.length;
    } else {
      expect(end).toBe(shown.length);
      return;
    }
  }
}

describe('a cursor', () => {
  const shape = ['number', 'string'] as const;
  const good = encodeCursor('list a', [5, 'x']);
  const raw = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const [owner] = JSON.parse(Buffer.from(good, 'base64url').toString()) as [string];

  test('is decoded to what was encoded', () => {
    for (const position of [
      [0, ''],
      [-1, 'ä😀'],
      [2 ** 53 - 1, 'x'.repeat(300)],
    ]) {
      expect(decodeCursor('list a', shape, encodeCursor('list a', position), 'after')).toEqual(
        position,
      );
    }
  });

  test.each<[string, string]>([
    ['of another list', encodeCursor('list b', [5, 'x'])],
    ['with too little', encodeCursor('list a', [5])],
    ['with too much', encodeCursor('list a', [5, 'x', 'y'])],
    ['with the wrong types', encodeCursor('list a', ['5', 'x'])],
    ['with a fraction', raw([owner, 5.5, 'x'])],
    ['with a number too big', raw([owner, 2 ** 60, 'x'])],
    ['with an object', raw([owner, {}, 'x'])],
    ['with null', raw([owner, null, 'x'])],
    ['with a lone surrogate', Buffer.from(`["${owner}",5,"\\ud800"]`).toString('base64url')],
    ['of an object', raw({ 0: owner })],
    ['of a text', raw('x')],
    ['of nothing', ''],
    ['cut short', good.slice(0, -3)],
    ['that is no base64url', '!!!'],
    ['that is no UTF-8', Buffer.from([0xff, 0xfe, 0x5b]).toString('base64url')],
    ['that is huge', 'A'.repeat(5000)],
    ['deeply nested', Buffer.from('['.repeat(1500)).toString('base64url')],
    ['that is an id', '019aa000-0000-7000-8000-000000000000'],
  ])('%s is refused', async (_name, cursor) => {
    const decode = (): Promise<unknown> =>
      new Promise((resolve) => resolve(decodeCursor('list a', shape, cursor, 'after')));
    expect(await issuesOf(decode())).toEqual(['after']);
  });
});
