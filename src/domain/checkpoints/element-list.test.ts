import { expect, test } from 'vitest';
import { seededRandom, type SeededRandom } from '../../engine/fault/seeded-random.ts';
import { seedForTesting } from '../../../test/support/store/seed-for-testing.ts';
import {
  countIds,
  diffLists,
  formatEntry,
  formatList,
  parseEntries,
  toIds,
  toRanges,
} from './element-list.ts';

const seed = seedForTesting();

/** Stores pages like elements: each text once. */
class Pages {
  readonly #ids = new Map<string, number>();

  get count(): number {
    return this.#ids.size;
  }

  paginate(ids: readonly number[]): Promise<string> {
    return formatList(toRanges(ids), (lists) =>
      Promise.resolve(lists.map((list) => this.#add(list))),
    );
  }

  open(list: string): number[] {
    const texts = [...this.#ids.keys()];
    return parseEntries(list).flatMap((entry) => {
      return 'page' in entry ? this.open(texts[entry.page - 1]!) : toIds([entry]);
    });
  }

  #add(list: string): number {
    if (!this.#ids.has(list)) this.#ids.set(list, this.#ids.size + 1);
    return this.#ids.get(list)!;
  }
}

/** Mostly consecutive ids, with jumps: a list after many edits. */
function randomIds(random: SeededRandom, length: number): number[] {
  let id = 1;
  return Array.from({ length }, () => {
    id = random.below(3) === 0 ? 1 + random.below(100_000) : id + 1;
    return id;
  });
}

test('ids become ranges of neighbours and back', () => {
  expect(toRanges([])).toEqual([]);
  expect(toRanges([1, 2, 3, 7, 6, 6]).map(formatEntry)).toEqual(['1-3', '7', '6', '6']);
  expect(parseEntries('')).toEqual([]);
  expect(parseEntries('1-3,@4,7')).toEqual([
    { first: 1, last: 3 },
    { page: 4 },
    { first: 7, last: 7 },
  ]);
});

test(`any list comes back from its ranges and pages, seed ${seed}`, async () => {
  const random = seededRandom(seed);
  const pages = new Pages();
  for (const length of [0, 1, 2, 95, 96, 97, 98, 500, 5000, 30_000]) {
    const ids = randomIds(random, length);
    expect(toIds(toRanges(ids))).toEqual(ids);
    const list = await pages.paginate(ids);
    expect(list.length).toBeLessThan(2500);
    expect(pages.open(list)).toEqual(ids);
  }
});

test('a list that only grows is one entry, however long', async () => {
  const pages = new Pages();
  expect(await pages.paginate(Array.from({ length: 10_000 }, (_, i) => i + 1))).toBe('1-10000');
  expect(pages.count).toBe(0);
});

test(`a change in the middle makes few new pages, seed ${seed}`, async () => {
  const random = seededRandom(seed);
  const pages = new Pages();
  const ids = randomIds(random, 20_000);
  await pages.paginate(ids);
  const before = pages.count;
  expect(before).toBeGreaterThan(200);
  const edits = 50;
  for (let i = 0; i < edits; i++) {
    ids.splice(random.below(ids.length), random.below(3), 1_000_000 + 2 * i);
    expect(pages.open(await pages.paginate(ids))).toEqual(ids);
  }
  // A few pages per level besides the one that contains the change.
  expect((pages.count - before) / edits).toBeLessThan(8);
});

test(`the difference of two lists is the surplus of each id, seed ${seed}`, () => {
  const random = seededRandom(seed);
  for (let run = 0; run < 300; run++) {
    const before = Array.from({ length: random.below(12) }, () => 1 + random.below(8));
    const after = random.below(2) === 0 ? before.slice(0, random.below(12)) : [...before];
    for (let i = random.below(5); i > 0; i--) after.push(1 + random.below(8));
    const { added, removed } = diffLists(toRanges(before), toRanges(after));
    const countIn = (list: readonly number[], id: number): number =>
      list.filter((other) => other === id).length;
    for (let id = 1; id <= 8; id++) {
      const difference = countIn(after, id) - countIn(before, id);
      expect(added.get(id) ?? 0).toBe(Math.max(0, difference));
      expect(removed.get(id) ?? 0).toBe(Math.max(0, -difference));
    }
    const ids = [3, 1, 8, 20];
    const counts = countIds(toRanges(after), ids);
    for (const id of ids) expect(counts.get(id) ?? 0).toBe(countIn(after, id));
  }
});
