import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../engine/fault/seeded-random.ts';
import { doctor } from '../../store/doctor/doctor.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import { ForkModel } from '../../../test/support/store/fork-model-for-testing.ts';
import {
  compareWithModel,
  randomForkStep,
} from '../../../test/support/store/random-forks-for-testing.ts';
import { seedForTesting } from '../../../test/support/store/seed-for-testing.ts';
import { openKit, settled } from '../../../test/support/store/store-kit-for-testing.ts';

const seed = seedForTesting();

describe(`threads, forks, edits, hiding, redactions and deletions (SEED=${seed})`, () => {
  test.each([0, 1, 2, 3])('agree with the model, run %i', async (run) => {
    await using kit = await openKit();
    const random = seededRandom(seed + run);
    const model = new ForkModel();
    const done: string[] = [];
    for (let step = 0; step < 160; step++) {
      done.push(await randomForkStep(kit, model, random, step));
      if (step % 4 !== 3) continue;
      for (const thread of model.alive)
        await compareWithModel(kit, model, thread, `${run}: ${done.slice(-8).join(', ')}`);
    }
    await settled(kit);
    for (const thread of model.alive)
      await compareWithModel(kit, model, thread, `${run}: at the end`);
    await kit.store.close();
    expect((await doctor(kit.engine, { repair: false })).problems).toEqual([]);
  });

  test.each(enginePlaces)('agree with it after every restart, too: %s', async (_name, create) => {
    await using place = await create();
    const random = seededRandom(seed);
    const model = new ForkModel();
    const done: string[] = [];
    for (let round = 0; round < 10; round++) {
      await using kit = await openKit({ engine: place.open() });
      for (const thread of model.alive) {
        await compareWithModel(kit, model, thread, `round ${round}: ${done.slice(-20).join(', ')}`);
      }
      for (let step = 0; step < 15; step++) {
        done.push(await randomForkStep(kit, model, random, round * 100 + step));
      }
    }
    expect((await doctor(place.open(), { repair: false })).problems).toEqual([]);
  });
});
