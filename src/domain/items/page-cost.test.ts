import { promiseHooks } from 'node:v8';
import { expect, test } from 'vitest';
import { memory } from '../../engines/memory/memory-engine.ts';
import {
  only,
  openKit,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';

/**
 * How many promises a page of this size creates: the least of several runs, since other work may
 * interfere.
 */
async function promisesOf(kit: StoreKit, threadId: string, limit: number): Promise<number> {
  let fewest = Infinity;
  for (let round = 0; round < 5; round++) {
    let count = 0;
    const stop = promiseHooks.onInit(() => count++) as () => void;
    try {
      const { data } = await kit.owner.items.list(threadId, { limit });
      expect(data).toHaveLength(limit);
    } finally {
      stop();
    }
    fewest = Math.min(fewest, count);
  }
  return fewest;
}

test('a page of a thread waits for its edited items alone', async () => {
  await using kit = await openKit({ engine: memory() });
  const { id } = await kit.thread();
  const said = await kit.say(id, ...times(60, (i) => `text ${i}`));
  const unedited = await promisesOf(kit, id, 50);
  expect(unedited).toBe(await promisesOf(kit, id, 1));
  expect(unedited).toBeLessThanOrEqual(40);
  const edit = (i: number): Promise<unknown> =>
    kit.append(id, { text: 'edited', replacesId: said[i]!.id });
  await edit(0);
  const forOne = (await promisesOf(kit, id, 50)) - unedited;
  expect(forOne).toBeGreaterThan(0);
  for (const i of [10, 20]) await edit(i);
  expect((await promisesOf(kit, id, 50)) - unedited).toBe(3 * forOne);
});

test('a page of a fork waits for no item that was never edited', async () => {
  await using kit = await openKit({ engine: memory() });
  const { id } = await kit.thread();
  await kit.say(id, ...times(60, (i) => `text ${i}`));
  const fork = only(await kit.owner.threads.fork([{ threadId: id }]));
  expect(await promisesOf(kit, fork.id, 50)).toBe(await promisesOf(kit, fork.id, 1));
});
