/** What people in threads cost the engine, counted in calls and rows. */
import { expect, test } from 'vitest';
import type { ThreadMode } from '../../api/thread.ts';
import { memory } from '../../engines/memory/memory-engine.ts';
import {
  recordCalls,
  TappedEngine,
  type EngineCall,
} from '../../../test/support/store/tapped-engine-for-testing.ts';
import {
  only,
  openKit,
  settled,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';

interface TappedKit extends AsyncDisposable {
  readonly kit: StoreKit;
  /** The calls during some work. */
  readonly callsOf: (work: () => Promise<unknown>) => Promise<EngineCall[]>;
}

async function openTapped(): Promise<TappedKit> {
  const engine = new TappedEngine(memory());
  const kit = await openKit({ engine });
  return {
    kit,
    async callsOf(work) {
      await settled(kit);
      const calls = recordCalls(engine);
      await work();
      engine.tap = (_call, run) => run();
      return calls;
    },
    [Symbol.asyncDispose]: () => kit.store.close(),
  };
}

/** A thread with so many participants besides its owner. */
async function crowd(kit: StoreKit, mode: ThreadMode, count: number): Promise<string> {
  const { id } = await kit.thread({ mode });
  for (let first = 0; first < count; first += 100) {
    const size = Math.min(100, count - first);
    await kit.owner.participants.add(
      id,
      times(size, (i) => ({ userId: `u${first + i}` })),
    );
  }
  return id;
}

function writtenRows(calls: readonly EngineCall[], name: string): number {
  const puts = calls.flatMap((call) => (call.method === 'commit' ? (call.commit.puts ?? []) : []));
  return puts.filter(({ table }) => table.name === name).length;
}

function namesOf(calls: readonly EngineCall[]): string[] {
  return calls.map(({ method }) => method).toSorted();
}

test('marking as read is one commit of one row, however much is unread', async () => {
  await using tapped = await openTapped();
  const { kit, callsOf } = tapped;
  const grace = kit.store.project('project').as({ userId: 'grace' });
  const { id } = await kit.thread({ mode: 'group', participants: [{ userId: 'grace' }] });
  for (const count of [1, 300]) {
    const said = await kit.say(id, ...times(count, (i) => `text ${i}`));
    const calls = await callsOf(() => grace.reads.mark(id, { itemId: said.at(-1)!.id }));
    const { method, commit } = only(calls.filter((call) => call.method === 'commit'));
    expect([method, commit.puts?.length, commit.deletes?.length ?? 0]).toEqual(['commit', 1, 0]);
    expect(writtenRows(calls, 'participants')).toBe(1);
    expect(calls.filter((call) => call.method === 'scan')).toEqual([]);
  }
});

test('the list of fifty threads tells what is unread without a scan of any of them', async () => {
  await using tapped = await openTapped();
  const { kit, callsOf } = tapped;
  const grace = kit.store.project('project').as({ userId: 'grace' });
  const ids: string[] = [];
  for (let i = 0; i < 50; i++) {
    ids.push((await kit.thread({ mode: 'group', participants: [{ userId: 'grace' }] })).id);
  }
  const list = async (unread: number): Promise<EngineCall[]> => {
    for (const id of ids) await kit.say(id, ...times(unread, (i) => `text ${i}`));
    return callsOf(async () => {
      const { data } = await grace.threads.list({ participating: true, limit: 50 });
      expect(new Set(data.map((entry) => entry.unread)).size).toBe(1);
      expect(data).toHaveLength(50);
    });
  };
  const [few, many] = [await list(1), await list(100)];
  expect(namesOf(many)).toEqual(namesOf(few));
  const scanned = many.flatMap((call) => (call.method === 'scan' ? [call.scan] : []));
  // One for each place where the reader's threads are listed, and one for all runs under way.
  expect(scanned.map(({ table }) => table.name).toSorted()).toEqual([
    'participants',
    'participants',
    'runs',
    'threads',
  ]);
  expect(many.length).toBeLessThanOrEqual(10);
});

test('an append to a channel costs the same whatever the number of its participants', async () => {
  await using tapped = await openTapped();
  const { kit, callsOf } = tapped;
  const appendTo = async (count: number): Promise<[string[], number]> => {
    const id = await crowd(kit, 'channel', count);
    await kit.say(id, 'first');
    kit.clock.advance(2000);
    const calls = await callsOf(() => kit.say(id, 'second'));
    return [namesOf(calls), writtenRows(calls, 'participants')];
  };
  const few = await appendTo(10);
  expect(await appendTo(1000)).toEqual(few);
  expect(few[1]).toBe(0);
});

test('twenty appends a second to a group of a thousand write eleven rows of participants', async () => {
  await using tapped = await openTapped();
  const { kit, callsOf } = tapped;
  const id = await crowd(kit, 'group', 999);
  await kit.say(id, 'first');
  for (let second = 0; second < 5; second++) {
    const calls = await callsOf(async () => {
      for (let i = 0; i < 20; i++) {
        kit.clock.advance(50);
        await kit.say(id, 'news');
      }
    });
    expect(writtenRows(calls, 'participants')).toBeGreaterThan(0);
    expect(writtenRows(calls, 'participants')).toBeLessThanOrEqual(11);
  }
});
