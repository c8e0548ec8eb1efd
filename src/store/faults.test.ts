import { MemoryLevel } from 'memory-level';
import { describe, expect, test } from 'vitest';
import type { Engine } from '../engine/engine.ts';
import { faultEngine, type FaultEngine } from '../engine/fault/fault-engine.ts';
import { writeFaults, type FaultPlan } from '../engine/fault/fault-plan.ts';
import { seededRandom } from '../engine/fault/seeded-random.ts';
import { lsm } from '../engines/lsm/lsm-engine.ts';
import { memory } from '../engines/memory/memory-engine.ts';
import type { ProjectApi } from '../api/project-api.ts';
import { tags } from '../records/tables.ts';
import { SkeinError } from '../shared/error.ts';
import { doctor } from './doctor/doctor.ts';
import { expectOrderedLog, listedIds } from '../../test/support/store/log-check-for-testing.ts';
import { seedForTesting } from '../../test/support/store/seed-for-testing.ts';
import {
  codeOf,
  only,
  openKit,
  textsIn,
  times,
} from '../../test/support/store/store-kit-for-testing.ts';
import { someTurns } from '../../test/support/shared/turns-for-testing.ts';

const seed = seedForTesting();
const threadIds = times(4, (i) => `t${i}`);
const writersCount = 3;
const appendsCount = 20;

const plans: readonly (readonly [name: string, plan: FaultPlan])[] = [
  ['fail', { failBefore: 0.2 }],
  ['are written but not answered', { failAfter: 0.3 }],
  ['are late', { delay: 0.9, delayMsMax: 4 }],
  ['are torn by a loss of power', { tear: 0.1, delay: 0.3, delayMsMax: 3 }],
  ['find the disk full', { fill: 0.1 }],
  [
    'meet all of it, and reads fail, too',
    { failBefore: 0.1, failAfter: 0.1, delay: 0.2, tear: 0.05, fill: 0.05, failRead: 0.05 },
  ],
];

const engines: readonly (readonly [name: string, create: () => Engine])[] = [
  ['memory', () => memory()],
  ['lsm over memory-level', () => lsm({ store: new MemoryLevel() })],
];

const cases = [
  ...engines.flatMap(([engineName, create]) =>
    plans.map(([name, plan]) => [name, engineName, plan, create, {}] as const),
  ),
  ...[...plans, ['are split between partitions', { split: 0.15, delay: 0.2 }] as const].map(
    ([name, plan]) =>
      [name, 'partitions apart', plan, () => memory(), { partitionsApart: true }] as const,
  ),
];

describe(`keyed appends that are retried (SEED=${seed})`, () => {
  test.each(cases)('when writes %s, over %s', async (_, _engineName, plan, create, options) => {
    const base = create();
    const engine = faultEngine(base, {}, options);
    await using kit = await openKit({ projectId: 'default', engine });
    await kit.owner.threads.create(threadIds.map((id) => ({ id, tags: ['tag'] })));
    engine.follow({ ...plan, seed });
    engine.next(...writeFaults.filter((fault) => plan[fault] !== undefined)); // each at least once
    const refusals = new Set<unknown>();
    const writes = threadIds.flatMap((id) =>
      times(writersCount, (writer) => {
        kit.clock.advance(700); // so that the threads move in their lists
        return writeAll(kit.owner, engine, id, writer, refusals);
      }),
    );
    const sent = await Promise.all(writes);
    engine.follow({});
    engine.heal();
    await engine.repair();

    const faults = Object.entries(engine.injected).filter(([, count]) => count > 0);
    expect(faults.length, 'faults were injected').toBeGreaterThan(0);
    const codes =
      plan.failRead === undefined && 'delay' in plan && !('tear' in plan || 'split' in plan)
        ? []
        : ['unavailable'];
    expect([...refusals]).toEqual(codes);
    for (const [i, id] of threadIds.entries()) {
      const acknowledged = sent.slice(i * writersCount, (i + 1) * writersCount);
      const stored = await expectOrderedLog(base, id);
      expect(stored.toSorted()).toEqual(acknowledged.flat().toSorted());
      for (const own of acknowledged) {
        expect(stored.filter((text) => own.includes(text))).toEqual(own);
      }
    }
    expect((await listedIds(kit.owner)).toSorted()).toEqual(threadIds);
    expect(await kit.rows(tags)).toHaveLength(threadIds.length);
    await kit.store.close();
    expect((await doctor(base, { repair: false })).problems).toEqual([]);
  });
});

/** Sends keyed items in turn, each until it is acknowledged. Returns their texts. */
async function writeAll(
  owner: ProjectApi,
  engine: FaultEngine,
  id: string,
  writer: number,
  refusals: Set<unknown>,
): Promise<string[]> {
  const texts = times(appendsCount, (i) => `${id} ${writer} ${i}`);
  for (const text of texts) {
    const item = { role: 'user' as const, text, key: text };
    await retried(engine, refusals, async () => {
      expect(textsIn(await owner.items.append(id, [item]))).toEqual([text]);
    });
  }
  return texts;
}

/**
 * Retries until it succeeds, like a client that gets `unavailable`, while power and disk are
 * restored.
 */
async function retried(
  engine: FaultEngine,
  refusals: Set<unknown>,
  run: () => Promise<void>,
): Promise<void> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof SkeinError)) throw error;
      refusals.add(error.code);
      if (error.code !== 'unavailable') throw error;
      await someTurns();
      engine.heal();
    }
  }
  throw new TypeError('The write never succeeded.');
}

describe('while the disk is full', () => {
  test('writes are unavailable, reads continue, and then everything works again', async () => {
    const base = memory();
    const engine = faultEngine(base);
    await using kit = await openKit({ projectId: 'default', engine });
    const { id } = await kit.thread({ tags: ['tag'] });
    const [item] = await kit.say(id, 'before');
    const head = await kit.owner.threads.get(id);
    engine.fill();
    const { owner, store } = kit;
    const writes: Promise<unknown>[] = [
      kit.say(id, 'lost'),
      owner.threads.create([{}]),
      owner.threads.update([{ id, title: 'lost' }]),
      owner.threads.delete([id]),
      owner.threads.fork([{ threadId: id }]),
      owner.items.update(id, [{ id: item!.id, visibility: 'hidden' }]),
      owner.items.redact(id, [item!.id]),
      owner.scopes.getOrCreate([{ scopeType: 'ticket', scopeId: '1' }]),
      store.keys.create({ projectId: 'project', name: 'key' }),
      store.checkReady(),
    ];
    expect(await Promise.all(writes.map(codeOf))).toEqual(writes.map(() => 'unavailable'));
    expect(textsIn((await owner.items.list(id)).data)).toEqual(['before']);
    expect(await owner.items.get(id, item!.id)).toEqual(item);
    expect(await owner.threads.get(id)).toEqual(head);
    expect(only((await owner.threads.list({ tag: 'tag' })).data)).toMatchObject(head);
    engine.heal();
    await store.checkReady();
    await kit.say(id, 'after');
    expect(await expectOrderedLog(base, id)).toEqual(['before', 'after']);
    expect(await listedIds(owner)).toEqual([id]);
    expect(await store.keys.list()).toEqual([]);
  });

  test('a live reader sees nothing that was not written', async () => {
    const engine = faultEngine(memory());
    await using kit = await openKit({ projectId: 'default', engine });
    const { id } = await kit.thread();
    const told: string[] = [];
    const reading = (async () => {
      for await (const event of kit.owner.threads.live(id)) {
        if (event.type === 'item') told.push(...textsIn([event.item]));
        if (told.at(-1) === 'end') return;
      }
    })();
    for (const [i, fault] of (['failBefore', 'failAfter', 'fill'] as const).entries()) {
      engine.next(fault);
      expect(await codeOf(kit.say(id, fault))).toBe('unavailable');
      engine.heal();
      await kit.say(id, `${i}`);
    }
    await kit.say(id, 'end');
    await reading;
    // A write whose answer was lost is stored, and the live reader sees it, too.
    expect(told).toEqual(['0', 'failAfter', '1', '2', 'end']);
  });
});

test(`creating with an idempotency key makes one thread, whatever fails (SEED=${seed})`, async () => {
  const base = memory();
  const engine = faultEngine(base, { seed, failBefore: 0.2, failAfter: 0.3 });
  const random = seededRandom(seed);
  await using kit = await openKit({ projectId: 'default', engine });
  engine.next('failAfter');
  const ids: string[] = [];
  for (let i = 0; i < 20; i++) {
    const count = 1 + random.below(3);
    await retried(engine, new Set(), async () => {
      const made = await kit.owner.threads.create(
        times(count, (k) => ({ title: `${i}.${k}` })),
        { idempotencyKey: `call ${i}` },
      );
      ids.push(...made.map(({ id }) => id));
    });
  }
  expect(engine.injected.failAfter).toBeGreaterThan(0);
  expect((await listedIds(kit.owner)).toSorted()).toEqual(ids.toSorted());
});
