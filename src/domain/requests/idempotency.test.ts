import { describe, expect, test } from 'vitest';
import {
  codeOf,
  issuesOf,
  only,
  openKit,
  times,
  type StoreKit,
  clockForTesting,
} from '../../../test/support/store/store-kit-for-testing.ts';
import { memory } from '../../engines/memory/memory-engine.ts';
import { TappedEngine } from '../../../test/support/store/tapped-engine-for-testing.ts';
import { allTables } from '../../records/all-tables.ts';
import { items, requests, threads } from '../../records/tables.ts';
import { parseThreadId } from '../../shared/ids.ts';
import type { Core } from '../base/core.ts';
import { Records } from '../../records/records.ts';
import { OpenEngine } from '../../engine/open-engine.ts';
import type { Outcome } from '../../api/write-options.ts';
import { requestTtlMs, sweepRequests } from './idempotency.ts';
import { someTurns } from '../../../test/support/shared/turns-for-testing.ts';

const key = { idempotencyKey: 'key-1' };
const hello = [{ role: 'user' as const, text: 'hello' }];

/** Every write that accepts a key, with one content and another. */
const writes: readonly (readonly [
  string,
  (kit: StoreKit, threadId: string, variant: 'a' | 'b') => Promise<Outcome<unknown>>,
])[] = [
  ['create', (kit, _id, variant) => kit.owner.threads.createWithOutcome({ title: variant }, key)],
  [
    'append',
    (kit, id, variant) =>
      kit.owner.items.appendWithOutcome(id, [{ role: 'user', text: variant }], key),
  ],
  [
    'fork',
    async (kit, id, variant) => {
      const first = await kit.owner.items.list(id, { limit: 2 });
      const atItemId = first.data[variant === 'a' ? 0 : 1]!.id;
      return kit.owner.threads.forkWithOutcome({ threadId: id, atItemId }, key);
    },
  ],
  [
    'edges',
    async (kit, id, variant) => {
      const { data } = await kit.owner.items.list(id, { limit: 2 });
      const ends = { fromItemId: data[0]!.id, toItemId: data[1]!.id };
      const type = variant === 'a' ? 'depends_on' : 'caused_by';
      return kit.owner.edges.createWithOutcome(id, [{ ...ends, type }], key);
    },
  ],
];

describe.each(writes)('a key of %s', (name, write) => {
  async function open(): Promise<{ kit: StoreKit; id: string }> {
    const kit = await openKit();
    const { id } = await kit.thread();
    await kit.say(id, 'one', 'two');
    return { kit, id };
  }

  test('answers again as the first time and writes nothing', async () => {
    const { kit, id } = await open();
    await using _ = kit;
    const first = await write(kit, id, 'a');
    const before = await everything(kit);
    kit.clock.advance(requestTtlMs - 1);
    const second = await write(kit, id, 'a');
    expect([first.replayed, second.replayed]).toEqual([false, true]);
    expect(second.data).toEqual(first.data);
    expect(await everything(kit)).toEqual(before);
  });

  test('is a key_conflict with other content', async () => {
    const { kit, id } = await open();
    await using _ = kit;
    await write(kit, id, 'a');
    const before = await everything(kit);
    expect(await codeOf(write(kit, id, 'b'))).toBe('key_conflict');
    expect(await everything(kit)).toEqual(before);
  });

  test('that twenty use at once is one write', async () => {
    const { kit, id } = await open();
    await using _ = kit;
    const outcomes = await Promise.all(times(20, () => write(kit, id, 'a')));
    expect(outcomes.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(new Set(outcomes.map(({ data }) => JSON.stringify(data))).size).toBe(1);
  });

  test('that ten use for one thing and ten for another is one write of one of them', async () => {
    const { kit, id } = await open();
    await using _ = kit;
    const codes = await Promise.all(times(20, (i) => codeOf(write(kit, id, i % 2 ? 'a' : 'b'))));
    expect(codes.toSorted()).toEqual([
      ...times(10, () => 'key_conflict'),
      ...times(10, () => 'none'),
    ]);
  });

  test('is forgotten after 24 hours', async () => {
    const { kit, id } = await open();
    await using _ = kit;
    const first = await write(kit, id, 'a');
    kit.clock.advance(requestTtlMs);
    const later = await write(kit, id, 'a');
    // An edge records itself.
    expect(later.replayed).toBe(name === 'edges');
    if (name !== 'edges') expect(later.data).not.toEqual(first.data);
    const again = await write(kit, id, 'a');
    expect(again).toEqual({ data: later.data, replayed: true });
    expect(await kit.rows(requests)).toHaveLength(1);
  });

  test.each(['', 'x'.repeat(129), 'a\nb', '\ud800'])('cannot be %j', async (idempotencyKey) => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    expect(await issuesOf(kit.owner.threads.create([{}], { idempotencyKey }))).toEqual([
      'Idempotency-Key',
    ]);
    expect(await issuesOf(kit.owner.items.append(id, hello, { idempotencyKey }))).toEqual([
      'Idempotency-Key',
    ]);
  });
});

describe('a key', () => {
  test('belongs to its user, its project and its thread', async () => {
    await using kit = await openKit();
    const a = await kit.thread({ mode: 'public', visibility: 'public' });
    const b = await kit.thread();
    const results = [
      await kit.owner.items.appendWithOutcome(a.id, hello, key),
      await kit.owner.items.appendWithOutcome(b.id, hello, key),
      await kit.other.items.appendWithOutcome(a.id, hello, key),
      await kit.owner.threads.createWithOutcome({}, key),
      await kit.other.threads.createWithOutcome({}, key),
      await kit.foreigner.threads.createWithOutcome({}, key),
    ];
    expect(results.map(({ replayed }) => replayed)).toEqual(times(6, () => false));
    expect(await kit.rows(items)).toHaveLength(3);
  });

  test('of one kind of request is not that of another', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    await kit.owner.items.append(id, hello, key);
    expect(await codeOf(kit.owner.threads.fork([{ threadId: id }], key))).toBe('key_conflict');
  });

  test('of one thread is not that of its source, in whose commit a fork is made', async () => {
    const engine = new TappedEngine(memory());
    await using kit = await openKit({ engine });
    const { id } = await kit.thread();
    const [a] = await kit.say(id, 'a');
    const made = only(await kit.owner.threads.fork([{ threadId: id }]));
    engine.tap = async (call, run) => {
      // Meanwhile the others arrive, and share one commit.
      if (call.method === 'commit') await someTurns();
      return run();
    };
    const codes = await Promise.all([
      codeOf(kit.say(id, 'first')),
      codeOf(kit.owner.items.append(id, hello, key)),
      codeOf(kit.owner.threads.fork([{ threadId: made.id, atItemId: a!.id }], key)),
    ]);
    expect(codes).toEqual(['none', 'none', 'none']);
  });

  test('with several entries counts for each of them', async () => {
    await using kit = await openKit();
    const input = [{ title: 'a' }, { title: 'b' }];
    const first = await kit.owner.threads.create(input, key);
    expect(await kit.owner.threads.create(input, key)).toEqual(first);
    expect(await codeOf(kit.owner.threads.create([{ title: 'a' }, { title: 'c' }], key))).toBe(
      'key_conflict',
    );
    expect(await kit.rows(threads)).toHaveLength(2);
  });

  test('of a refused request is free', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const unknown = '019aa000-0000-7000-8000-000000000000';
    const refused = [{ role: 'user' as const, text: 'x', parentId: unknown }];
    expect(await codeOf(kit.owner.items.append(id, refused, key))).toBe('invalid_request');
    expect((await kit.owner.items.appendWithOutcome(id, hello, key)).replayed).toBe(false);
  });

  test('of a thread that was deleted since says so instead of making another', async () => {
    await using kit = await openKit();
    const thread = only(await kit.owner.threads.create([{}], key));
    await kit.owner.threads.delete([thread.id]);
    expect(await codeOf(kit.owner.threads.create([{}], key))).toBe('conflict');
  });

  test('of a thread is deleted with the thread', async () => {
    const engine = memory();
    const kit = await openKit({ engine });
    const { id } = await kit.thread();
    await kit.owner.items.append(id, hello, key);
    await kit.owner.threads.delete([id]);
    await kit.store.close();
    await using reopened = await openKit({ engine });
    expect(await reopened.rows(requests)).toEqual([]);
  });

  test('answers with the items as they are now', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const first = only(await kit.owner.items.append(id, hello, key));
    await kit.owner.items.redact(id, [first.id]);
    const again = await kit.owner.items.appendWithOutcome(id, hello, key);
    expect(again.replayed).toBe(true);
    expect(again.data[0]).toMatchObject({ id: first.id, parts: [] });
  });
});

test('expired keys are swept, others are kept', async () => {
  const clock = clockForTesting();
  const engine = await OpenEngine.open(memory(), allTables);
  const records = new Records(engine);
  const row = (i: number, expiresAt: number): object => ({
    ...{ scope: parseThreadId('t'), userId: 'u', key: `k${i}`, hash: 'h', result: [] },
    expiresAt,
  });
  const puts = times(1500, (i) => ({
    table: requests,
    row: row(i, clock.nowMs + (i < 1200 ? -1 : i === 1200 ? 0 : 1)) as Record<string, string>,
  }));
  await records.commit({ puts });
  // The sweep needs only these parts of a core.
  const core = { records, clock: () => clock.nowMs, memory: new Map() } as unknown as Core;
  expect(await sweepRequests(core)).toBe(1000);
  expect(await sweepRequests(core)).toBe(200);
  expect(await sweepRequests(core)).toBe(0);
  const left = await records.scan(requests, { prefix: [], maintenance: true, limit: 1000 });
  expect(left).toHaveLength(300);
  await engine.close();
});

async function everything(kit: StoreKit): Promise<unknown> {
  return Promise.all(allTables.map((table) => kit.rows(table)));
}
