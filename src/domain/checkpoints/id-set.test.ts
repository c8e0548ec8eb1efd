import { expect, test } from 'vitest';
import { seededRandom } from '../../engine/fault/seeded-random.ts';
import { seedForTesting } from '../../../test/support/store/seed-for-testing.ts';
import { times } from '../../../test/support/store/store-kit-for-testing.ts';
import { IdSet } from './id-set.ts';

const seed = seedForTesting();

test(`a set of ranges has the ids of its ranges and no others, seed ${seed}`, () => {
  const random = seededRandom(seed);
  for (let run = 0; run < 200; run++) {
    const set = new IdSet();
    const ids = new Set<number>();
    for (let i = random.below(8); i > 0; i--) {
      const first = 1 + random.below(40);
      const last = first + random.below(10);
      set.add({ first, last });
      for (let id = first; id <= last; id++) ids.add(id);
      // Also in between, so that additions follow sorting.
      if (random.below(3) === 0) expect(set.has(first)).toBe(true);
    }
    for (let id = 0; id <= 52; id++) expect(set.has(id)).toBe(ids.has(id));
    const first = random.below(50);
    const last = first + random.below(5);
    const isWhole = times(last - first + 1, (i) => ids.has(first + i)).every(Boolean);
    expect(set.hasAll({ first, last })).toBe(isWhole);
  }
});
