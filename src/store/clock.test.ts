import { MemoryLevel } from 'memory-level';
import { describe, expect, test } from 'vitest';
import type { Engine } from '../engine/engine.ts';
import { seededRandom } from '../engine/fault/seeded-random.ts';
import { lsm } from '../engines/lsm/lsm-engine.ts';
import { memory } from '../engines/memory/memory-engine.ts';
import { nextItemId, parseItemId } from '../shared/ids.ts';
import { createStore } from './create-store.ts';
import { doctor } from './doctor/doctor.ts';
import { expectOrderedLog, listedIds } from '../../test/support/store/log-check-for-testing.ts';
import { seedForTesting } from '../../test/support/store/seed-for-testing.ts';
import { shareEngineForTesting } from '../../test/support/store/shared-engine-for-testing.ts';
import {
  allPages,
  openKit,
  startOfTests,
  textsIn,
  times,
  type StoreKit,
} from '../../test/support/store/store-kit-for-testing.ts';

const hourMs = 3_600_000;
const seed = seedForTesting();
const random = seededRandom(seed);

/** The time that a clock gives at its nth reading. */
const clocks: readonly (readonly [name: string, at: (look: number) => number])[] = [
  ['stands still', () => startOfTests],
  ['jumps back an hour', (look) => startOfTests + (look < 40 ? look : look - hourMs)],
  ['jumps back again and again', (look) => startOfTests - look * hourMs],
  [
    'jumps ten years ahead and back',
    (look) => startOfTests + (look === 30 ? 10 * 8766 * hourMs : look),
  ],
  ['swings', (look) => startOfTests + (look % 2 === 0 ? hourMs : -hourMs)],
  ['jumps at random', () => startOfTests + (random.below(2_000) - 1_000) * hourMs],
  ['says 1970', () => 0],
];

const engines: readonly (readonly [name: string, create: () => Engine])[] = [
  ['memory', () => memory()],
  ['lsm over memory-level', () => lsm({ store: new MemoryLevel() })],
];

const cases = engines.flatMap(([engineName, create]) =>
  clocks.map(([name, at]) => [name, engineName, at, create] as const),
);

describe(`order holds (SEED=${seed})`, () => {
  test.each(cases)('when the clock %s, over %s', async (_, _engineName, at, create) => {
    let look = 0;
    const engine = create();
    await using kit = await openKit({ projectId: 'default', engine, clock: () => at(look++) });
    const { id } = await kit.thread({ id: 'thread', tags: ['tag'] });
    const since = await cursorOf(kit, id);
    const texts = times(60, (i) => `${i}`);
    // Some in turn, some at once, some in one call.
    for (const text of texts.slice(0, 20)) await kit.say(id, text);
    await Promise.all(texts.slice(20, 40).map((text) => kit.say(id, text)));
    await kit.say(id, ...texts.slice(40));
    expect(await expectOrderedLog(engine, id)).toEqual(texts);
    await expectReads(kit, id, texts, since);
    await kit.store.close();
    expect((await doctor(engine, { repair: false })).problems).toEqual([]);
  });

  test.each(engines)(
    'when two stores with other clocks write in turn, over %s',
    async (_, create) => {
      const engine = create();
      const share = shareEngineForTesting(engine);
      await using ahead = await openKit({
        projectId: 'default',
        engine: share(),
        clock: () => startOfTests + hourMs,
      });
      await using behind = await openKit({
        projectId: 'default',
        engine: share(),
        clock: () => startOfTests - hourMs,
      });
      const { id } = await ahead.thread();
      const since = await cursorOf(ahead, id);
      const texts = times(30, (i) => `${i}`);
      for (const [i, text] of texts.entries()) await (i % 2 === 0 ? ahead : behind).say(id, text);
      expect(await expectOrderedLog(engine, id)).toEqual(texts);
      await expectReads(behind, id, texts, since);
      await engine.close();
    },
  );

  test('when the store is opened again with a clock far behind', async () => {
    const engine = memory();
    const opening = { engine, clock: () => startOfTests + 8766 * hourMs };
    await using first = await openKit({ projectId: 'default', ...opening });
    const { id } = await first.thread();
    await first.say(id, '0', '1');
    await first.store.close();
    await using second = await openKit({ projectId: 'default', engine, clock: () => startOfTests });
    await second.say(id, '2');
    expect(await expectOrderedLog(engine, id)).toEqual(['0', '1', '2']);
  });

  test('in a fork that is created and written while the clock is behind its source', async () => {
    await using kit = await openKit({ projectId: 'default' });
    const { id } = await kit.thread();
    const since = await cursorOf(kit, id);
    await kit.say(id, '0', '1');
    kit.clock.advance(-hourMs);
    const [fork] = await kit.owner.threads.fork([{ threadId: id }]);
    const sinceFork = await cursorOf(kit, fork!.id);
    await Promise.all([kit.say(fork!.id, '2f'), kit.say(id, '2s')]);
    await kit.say(fork!.id, '3f');
    await expectReads(kit, fork!.id, ['0', '1', '2f', '3f'], sinceFork, 2);
    await expectReads(kit, id, ['0', '1', '2s'], since);
  });
});

/** The position of a live tail that must see everything written from now on. */
async function cursorOf(kit: StoreKit, id: string): Promise<string> {
  return (await kit.owner.items.list(id)).cursor;
}

/** Pages in both directions and the live tail since a cursor agree with the texts. */
async function expectReads(
  kit: StoreKit,
  id: string,
  texts: readonly string[],
  since: string,
  inheritedCount: number = 0,
): Promise<void> {
  for (const order of ['asc', 'desc'] as const) {
    const page = (after: string | undefined) =>
      kit.owner.items.list(id, { order, limit: 13, ...(after !== undefined && { after }) });
    const read = textsIn(await allPages(page));
    expect(order === 'asc' ? read : read.toReversed()).toEqual(texts);
  }
  expect(await listedIds(kit.owner)).toContain(id);
  const told: string[] = [];
  for await (const event of kit.owner.threads.live(id, { after: since })) {
    if (event.type === 'item') told.push(...textsIn([event.item]));
    if (told.length === texts.length - inheritedCount) break;
  }
  expect(told).toEqual(texts.slice(inheritedCount));
}

test('a frozen clock gives 10,000 rising ids', () => {
  let last: string | undefined;
  const ids = times(10_000, () => (last = nextItemId(last, startOfTests)));
  expect(ids.every((id, i) => i === 0 || id > ids[i - 1]!)).toBe(true);
  expect(ids.every((id) => parseItemId(id) === id)).toBe(true);
});

test('a frozen clock gives 10,000 rising ids in a thread, however they are appended', async () => {
  const engine = memory();
  await using store = await createStore({ engine, clock: () => startOfTests });
  const owner = store.project('default').as({ userId: 'owner' });
  const [thread] = await owner.threads.create([{}]);
  const texts = times(10_000, (i) => `${i}`);
  const calls = times(100, (i) => texts.slice(i * 100, (i + 1) * 100));
  const items = (call: string[]) => call.map((text) => ({ role: 'user' as const, text }));
  await Promise.all(calls.map((call) => owner.items.append(thread!.id, items(call))));
  expect(await expectOrderedLog(engine, thread!.id)).toEqual(texts);
});
