/** Two servers on one store: each message is answered once, whichever of them is faster or dies. */
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Responder, TurnContext } from '../../api/responder.ts';
import { asks } from '../../records/tables.ts';
import type { Engine } from '../../engine/engine.ts';
import { createStore, type StoreOptions } from '../../store/create-store.ts';
import type { Store } from '../../store/store.ts';
import { sourceOf } from '../../../test/support/domain/source-for-testing.ts';
import { scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import { until } from '../../../test/support/shared/waits-for-testing.ts';
import { sharedPlaces } from '../../../test/support/store/shared-places-for-testing.ts';
import { apartForTesting } from '../../../test/support/store/engines-for-testing.ts';
import { shareEngineForTesting } from '../../../test/support/store/shared-engine-for-testing.ts';
import { rowsOf, times } from '../../../test/support/store/store-kit-for-testing.ts';

/** Counts how many answers are being written at once, on all servers together. */
class Counting {
  active = 0;
  mostActive = 0;
  readonly asked: string[] = [];

  readonly responder: Responder = {
    ...scripted((context) => this.#answer(context), 'helper'),
    kind: 'agent',
  };

  async *#answer({ items }: TurnContext): ReturnType<Responder['respond']> {
    this.active++;
    this.mostActive = Math.max(this.mostActive, this.active);
    this.asked.push(items.at(-1)!.id);
    await setImmediate(); // others have the time to begin
    yield* textChunks('Yes.');
    this.active--;
  }
}

/** `leaseMs`: how long a server may be away. No stall of this process may look like it. */
function open(
  engine: Engine,
  responders: StoreOptions['responders'],
  leaseMs = 5000,
): Promise<Store> {
  return createStore({ engine, ...(responders && { responders }), runs: { leaseMs } });
}

async function groupIn(store: Store): Promise<string> {
  const participants = [{ userId: 'agent:helper', answers: 'always' }, { userId: 'bob' }] as const;
  const project = store.project('default').as({ userId: 'ada' });
  const [thread] = await project.threads.create([{ mode: 'group', participants }]);
  return thread!.id;
}

/** Waits until nothing is left to answer. */
async function quiet(engine: Engine, store: Store, ids: readonly string[]): Promise<void> {
  const project = store.project('default').as({ userId: 'ada' });
  await until(async () => {
    if ((await rowsOf(engine, asks)).length > 0) return false;
    for (const id of ids) {
      const { data } = await project.runs.list(id, { limit: 1000 });
      if (data.some(({ status }) => status === 'queued' || status === 'running')) return false;
    }
    return true;
  });
}

const places = [
  ...sharedPlaces,
  [
    'memory, with partitions apart',
    () => {
      const openShared = shareEngineForTesting(apartForTesting());
      return Promise.resolve({ open: openShared, [Symbol.asyncDispose]: () => Promise.resolve() });
    },
  ] as const,
];

describe.each(places)('two servers on %s', (_name, create) => {
  test('begin one run for a message, however often both look', async () => {
    await using place = await create();
    const counting = new Counting();
    const engine = place.open();
    await using first = await open(engine, sourceOf(counting.responder));
    await using second = await open(place.open(), sourceOf(counting.responder));
    const ids = await Promise.all(times(8, () => groupIn(first)));
    const sent = await Promise.all(
      ids.flatMap((id, i) => {
        const store = i % 2 === 0 ? first : second;
        const bob = store.project('default').as({ userId: 'bob' });
        return bob.items.append(id, [{ role: 'user', text: 'Hello.' }]);
      }),
    );
    await quiet(engine, first, ids);
    const questions = sent.flat().map(({ id }) => id);
    expect(counting.asked.toSorted()).toEqual(questions.toSorted());
  });

  test('answer what both are told meanwhile in one run at a time', async () => {
    await using place = await create();
    const counting = new Counting();
    const engine = place.open();
    await using first = await open(engine, sourceOf(counting.responder));
    await using second = await open(place.open(), sourceOf(counting.responder));
    const id = await groupIn(first);
    await Promise.all(
      [first, second].flatMap((store) =>
        times(6, async (i) => {
          const bob = store.project('default').as({ userId: 'bob' });
          await bob.items.append(id, [{ role: 'user', text: `${i}` }]);
        }),
      ),
    );
    await quiet(engine, first, [id]);
    const project = first.project('default').as({ userId: 'ada' });
    const items = (await project.items.list(id, { limit: 1000 })).data;
    const runs = (await project.runs.list(id, { limit: 1000 })).data;
    expect(counting.mostActive).toBe(1);
    expect(runs.every(({ status }) => status === 'completed')).toBe(true);
    expect(new Set(counting.asked).size).toBe(counting.asked.length);
    expect(counting.asked).toContain(items.findLast(({ role }) => role === 'user')!.id);
  });

  test('answer what a third one has left', async () => {
    await using place = await create();
    const counting = new Counting();
    const engine = place.open();
    await using living = await open(engine, sourceOf(counting.responder), 1000);
    const id = await groupIn(living);
    {
      // It has no responders, so it begins no run, as a server that dies behind the append.
      await using dying = await open(place.open(), undefined, 1000);
      const bob = dying.project('default').as({ userId: 'bob' });
      await bob.items.append(id, [{ role: 'user', text: 'Anyone?' }]);
    }
    await until(() => Promise.resolve(counting.asked.length > 0));
    await quiet(engine, living, [id]);
    expect(counting.asked).toHaveLength(1);
  });
});

test('a store that opens again answers what was asked before', async () => {
  const counting = new Counting();
  const engine = shareEngineForTesting(apartForTesting())();
  const source = sourceOf(counting.responder);
  const first = await open(engine, source, 1000);
  const id = await groupIn(first);
  await first.close();
  {
    await using mute = await open(engine, undefined, 1000);
    const bob = mute.project('default').as({ userId: 'bob' });
    await bob.items.append(id, [{ role: 'user', text: 'Anyone?' }]);
  }
  await using again = await open(engine, source, 1000);
  await until(() => Promise.resolve(counting.asked.length > 0));
  await quiet(engine, again, [id]);
  expect(counting.asked).toHaveLength(1);
});
