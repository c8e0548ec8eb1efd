import { describe, expect, test, vi } from 'vitest';
import { publicThreadId } from '../shared/ids.ts';
import { faultEngine, type FaultEngine } from '../engine/fault/fault-engine.ts';
import { seededRandom } from '../engine/fault/seeded-random.ts';
import { memory } from '../engines/memory/memory-engine.ts';
import { apartForTesting } from '../../test/support/store/engines-for-testing.ts';
import { seedForTesting } from '../../test/support/store/seed-for-testing.ts';
import {
  codeOf,
  only,
  openKit,
  settled,
  textsIn,
  times,
  type StoreKit,
} from '../../test/support/store/store-kit-for-testing.ts';
import { forks, scopes, taskQueue, threads } from '../records/tables.ts';
import { doctor } from './doctor/doctor.ts';
import { until } from '../../test/support/shared/waits-for-testing.ts';

/**
 * A store on an engine that keeps partitions apart, and the engine, whose commits can be cut in
 * two.
 */
async function openApart(): Promise<{ engine: FaultEngine; kit: StoreKit }> {
  const engine = apartForTesting();
  return { engine, kit: await openKit({ engine }) };
}

/** Runs an operation whose commit reaches only its first partition. */
async function cut(engine: FaultEngine, run: () => Promise<unknown>): Promise<void> {
  engine.next('split');
  expect(await codeOf(run())).toBe('unavailable');
  expect(engine.injected.split).toBeGreaterThan(0);
  engine.heal();
}

async function expectSound(engine: FaultEngine): Promise<void> {
  expect((await doctor(engine, { repair: false })).problems).toEqual([]);
}

describe('a creation that is cut', () => {
  test('under an idempotency key is unavailable to its retry until it is there, and is one thread', async () => {
    const { engine, kit } = await openApart();
    const create = async (): Promise<string> => {
      const input = { title: 'Once', items: [{ role: 'user', text: 'hi' } as const] };
      return only(await kit.owner.threads.create([input], { idempotencyKey: 'k' })).id;
    };
    await cut(engine, create);
    expect(await kit.rows(threads)).toEqual([]);
    expect(await codeOf(create())).toBe('unavailable');
    await engine.repair();
    const id = await create();
    expect((await kit.rows(threads)).map((row) => publicThreadId(row.id))).toEqual([id]);
    expect(textsIn((await kit.owner.items.list(id)).data)).toEqual(['hi']);
    await kit.store.close();
    await expectSound(engine);
  });

  test('of the thread of a scope is unavailable until it is there, and is one thread', async () => {
    const { engine, kit } = await openApart();
    const scope = { scopeType: 'ticket', scopeId: '1' };
    const get = async (): Promise<string> => only(await kit.owner.scopes.getOrCreate([scope])).id;
    await cut(engine, get);
    expect(await kit.rows(scopes)).toHaveLength(1);
    expect(await kit.rows(threads)).toEqual([]);
    const looks = vi.spyOn(engine, 'get');
    const waiting = Promise.all(times(5, get));
    await until(() => looks.mock.calls.length >= 30); // they wait for it, and look again
    await engine.repair();
    const ids = await waiting;
    expect(new Set([...ids, await get()]).size).toBe(1);
    expect((await kit.owner.threads.list(scope)).data.map(({ id }) => id)).toEqual([ids[0]]);
    expect(await kit.rows(threads)).toHaveLength(1);
  });

  test('without a key is in its lists after the repair', async () => {
    const { engine, kit } = await openApart();
    await cut(engine, () => kit.owner.threads.create([{ id: 't', tags: ['a'] }]));
    expect(await kit.owner.threads.get('t')).toMatchObject({ id: 't' });
    expect((await kit.owner.threads.list()).data).toEqual([]);
    await kit.say('t', 'it goes on');
    await engine.repair();
    expect((await kit.owner.threads.list()).data.map(({ id }) => id)).toEqual(['t']);
    expect((await kit.owner.threads.list({ tag: 'a' })).data.map(({ id }) => id)).toEqual(['t']);
    await kit.store.close();
    await expectSound(engine);
  });
});

test('a list never shows a thread that its reader may no longer see', async () => {
  const { engine, kit } = await openApart();
  const { id } = await kit.thread({ visibility: 'public', title: 'Told to all' });
  const listed = async (): Promise<readonly unknown[]> => {
    return (await kit.other.threads.list({ visibility: 'public' })).data;
  };
  expect(await listed()).toHaveLength(1);
  await cut(engine, () => kit.owner.threads.update([{ id, visibility: 'private' }]));
  expect(await listed()).toEqual([]);
  await engine.repair();
  expect(await listed()).toEqual([]);
});

test('a deleted thread is in no list, and is purged once its task arrives', async () => {
  const { engine, kit } = await openApart();
  const { id } = await kit.thread({ tags: ['a'] });
  await kit.say(id, 'gone');
  await cut(engine, () => kit.owner.threads.delete([id]));
  expect(await codeOf(kit.owner.threads.get(id))).toBe('not_found');
  expect((await kit.owner.threads.list()).data).toEqual([]);
  expect((await kit.owner.threads.list({ tag: 'a' })).data).toEqual([]);
  await engine.repair();
  expect(await kit.rows(taskQueue)).toHaveLength(1);
  await kit.store.close();
  await using later = await openKit({ engine });
  await settled(later);
  expect((await later.rows(threads)).map((row) => row.deletedAt !== undefined)).toEqual([true]);
});

test('a fork that is cut keeps what it inherits, though its source is deleted before it arrives', async () => {
  const { engine, kit } = await openApart();
  const { id } = await kit.thread();
  await kit.say(id, 'a', 'b');
  await cut(engine, () => kit.owner.threads.fork([{ threadId: id }]));
  const forkId = publicThreadId(only(await kit.rows(forks)).forkId);
  await kit.owner.threads.delete([id]);
  expect(await kit.rows(taskQueue)).toHaveLength(1);
  await engine.repair();
  await settled(kit);
  expect(textsIn((await kit.owner.items.list(forkId)).data)).toEqual(['a', 'b']);
  await kit.store.close();
  await expectSound(engine);
});

test('what is redacted before a cut fork arrives is redacted there, too', async () => {
  const { engine, kit } = await openApart();
  const { id } = await kit.thread();
  const [secret] = await kit.say(id, 'secret');
  await cut(engine, () => kit.owner.threads.fork([{ threadId: id }]));
  const forkId = publicThreadId(only(await kit.rows(forks)).forkId);
  // It is redacted here; that the fork still has to hear of it is owed, and told.
  expect(await codeOf(kit.owner.items.redact(id, [secret!.id]))).toBe('unavailable');
  expect(textsIn((await kit.owner.items.list(id)).data)).not.toContain('secret');
  await engine.repair();
  await settled(kit);
  await until(async () => (await kit.owner.threads.get(forkId)).lastPreview === '');
  await kit.store.close();
  await expectSound(engine);
});

test.each(['redacted', 'hidden'])(
  'what is %s in a thread that is deleted before its forks hear of it is so in them, too',
  async (how) => {
    const { engine, kit } = await openApart();
    const { id } = await kit.thread();
    const [, secret] = await kit.say(id, 'before', 'secret');
    const [near, far] = await kit.owner.threads.fork([{ threadId: id }, { threadId: id }]);
    const [grandchild] = await kit.owner.threads.fork([{ threadId: far!.id }]);
    if (how === 'redacted') {
      await kit.append(near!.id, { text: 'secret, edited', replacesId: secret!.id });
    }
    await cut(engine, () =>
      how === 'redacted'
        ? kit.owner.items.redact(id, [secret!.id])
        : kit.owner.items.update(id, [{ id: secret!.id, visibility: 'hidden' }]),
    );
    // The task that tells the forks is still under way, and so is not among what the thread owes.
    await kit.owner.threads.delete([id]);
    await settled(kit);
    for (const fork of [near!, far!, grandchild!]) {
      const texts = textsIn((await kit.owner.items.list(fork.id)).data);
      expect(texts).toEqual(['before', ...(how === 'redacted' ? [''] : [])]);
      const { lastPreview } = await kit.owner.threads.get(fork.id);
      expect(lastPreview).toBe('before');
    }
    await engine.repair();
    await kit.store.close();
    const later = await openKit({ engine });
    await settled(later);
    await later.store.close();
    await expectSound(engine);
  },
);

const seed = seedForTesting();

test(`threads that come and go while commits are cut are sound after the repair (SEED=${seed})`, async () => {
  const base = memory();
  const engine = faultEngine(base, {}, { partitionsApart: true });
  const kit = await openKit({ engine });
  // Only now: the commits that open a new store must reach it.
  engine.follow({ seed, split: 0.1 });
  const random = seededRandom(seed);
  const codes = ['none', 'unavailable', 'not_found', 'conflict', 'key_conflict', 'invalid_request'];
  const ids = ['t'];
  const create = (id: string): Promise<unknown> => {
    ids.push(id);
    return kit.owner.threads.create([{ id, tags: ['a'], items: [{ role: 'user', text: id }] }]);
  };
  // Chance cuts about five commits, with some seeds fewer: then the test continues.
  for (let i = 0; i < 150 || engine.injected.split < 3; i++) {
    const id = random.pick(ids.slice(-8));
    kit.clock.advance(random.below(3000));
    const step = random.pick<() => Promise<unknown>>([
      () => create(`t${i}`),
      () => kit.say(id, `${i}`),
      () => kit.say(id, `${i}`, `and ${i}`),
      () => kit.owner.threads.update([{ id, tags: [random.pick(['a', 'b', 'c'])] }]),
      () => kit.owner.threads.update([{ id, visibility: random.pick(['public', 'private']) }]),
      () => kit.owner.threads.update([{ id, archived: random.chance(0.5) }]),
      () => kit.owner.threads.fork([{ threadId: id }]),
      () => kit.owner.threads.list({ tag: 'a' }),
      () => kit.owner.threads.delete([id]),
      () => kit.owner.scopes.getOrCreate([{ scopeType: 's', scopeId: `${random.below(3)}` }]),
      () => kit.owner.threads.create([{ title: `${i}` }], { idempotencyKey: `${i % 20}` }),
      async () => {
        const [item] = (await kit.owner.items.list(id, { limit: 1 })).data;
        if (item) await kit.owner.items.redact(id, [item.id]);
      },
    ]);
    const code = await codeOf(step());
    expect(codes).toContain(code);
    engine.heal();
    if (random.chance(0.1)) await engine.repair();
  }
  expect(engine.injected.split).toBeGreaterThan(2);
  engine.follow({});
  await engine.repair();
  await kit.store.close();
  const later = await openKit({ engine });
  await settled(later);
  await later.store.close();
  await expectSound(engine);
});
