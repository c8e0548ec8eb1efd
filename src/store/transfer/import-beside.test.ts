/** Imports into stores that have threads of the file already, or while another import runs. */
import { describe, expect, test, vi } from 'vitest';
import type { Engine } from '../../engine/engine.ts';
import { seededRandom } from '../../engine/fault/seeded-random.ts';
import { memory } from '../../engines/memory/memory-engine.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import { ForkModel } from '../../../test/support/store/fork-model-for-testing.ts';
import {
  compareWithModel,
  randomForkStep,
} from '../../../test/support/store/random-forks-for-testing.ts';
import { seedForTesting } from '../../../test/support/store/seed-for-testing.ts';
import { sharedPlaces } from '../../../test/support/store/shared-places-for-testing.ts';
import {
  openKit,
  settled,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import { TappedEngine } from '../../../test/support/store/tapped-engine-for-testing.ts';
import {
  each,
  exportOf,
  importInto,
  problemsOf,
  tryImport,
  withRows,
} from '../../../test/support/store/transfer-kit-for-testing.ts';
import { threads } from '../../records/tables.ts';
import { createStore } from '../create-store.ts';
import type { Store } from '../store.ts';

const seed = seedForTesting();

/** A store with a thread `t` of so many items, an edited and a hidden one, and what follows. */
async function storeWith(
  count: number,
  more: (kit: StoreKit) => Promise<unknown> = () => Promise.resolve(),
): Promise<Engine> {
  const engine = memory();
  await using kit = await openKit({ engine });
  await kit.thread({ id: 't', visibility: 'public' });
  for (let i = 0; i < count; i += 500) {
    await kit.say('t', ...times(Math.min(500, count - i), (j) => `item ${i + j}`));
  }
  const { data } = await kit.owner.items.list('t', { limit: 2 });
  await kit.append('t', { text: 'edited', replacesId: data[0]!.id });
  await kit.owner.items.update('t', [{ id: data[1]!.id, visibility: 'hidden' }]);
  await more(kit);
  return engine;
}

/** The same store some time later. */
async function later(engine: Engine, step: (kit: StoreKit) => Promise<unknown>): Promise<void> {
  await using kit = await openKit({ engine });
  kit.clock.advance(60_000);
  await step(kit);
}

const linesOf = async (engine: Engine): Promise<string[]> => (await exportOf(engine)).lines;

async function threadCountOf(engine: Engine): Promise<number> {
  const lines = (await linesOf(engine)).filter((line) => line.startsWith('{"table":"threads"'));
  return lines.length;
}

describe.each(sharedPlaces)('two imports at once on %s', (_name, create) => {
  test('leave what one of them would have left', async () => {
    const source = await storeWith(3000, async (kit) => {
      for (const i of times(4, (k) => k)) {
        await kit.thread({ id: `a${i}` });
        await kit.say(`a${i}`, ...times(400, (k) => `${k}`));
        await kit.say(`a${i}`, ...times(700, (k) => `${k}`));
        await kit.owner.threads.fork([{ threadId: `a${i}` }]);
      }
    });
    const lines = await linesOf(source);
    await using place = await create();
    await using here = await createStore({ engine: place.open() });
    await using there = await createStore({ engine: place.open() });
    const both = await Promise.all([tryImport(here, lines), tryImport(there, lines)]);
    const count = await threadCountOf(source);
    for (const { report, failures } of both) {
      expect([failures, report.failed]).toEqual([[], 0]);
      expect(report.threadsCreated + report.threadsFound).toBe(count);
    }
    expect(both.reduce((sum, { report }) => sum + report.threadsCreated, 0)).toBe(count);
    expect((await linesOf(place.open())).slice(1)).toEqual(lines.slice(1));
  });

  test('bring a store forward, and both say that it is', async () => {
    const source = await storeWith(20, async (kit) => {
      for (const i of times(12, (k) => k)) await kit.thread({ id: `a${i}` });
    });
    const files: string[][] = [await linesOf(source)];
    for (const text of ['later', 'still later']) {
      await later(source, async (kit) => {
        for (const i of times(12, (k) => k)) await kit.say(`a${i}`, ...times(40, () => text));
      });
      files.push(await linesOf(source));
    }
    await using place = await create();
    await using here = await createStore({ engine: place.open() });
    await using there = await createStore({ engine: place.open() });
    expect((await tryImport(here, files[0]!)).failures).toEqual([]);
    const both = await Promise.all([tryImport(here, files[2]!), tryImport(there, files[2]!)]);
    for (const { report, failures } of both) {
      expect([failures, report.failed]).toEqual([[], 0]);
      expect(report.threadsContinued + report.threadsFound).toBe(13);
    }
    expect((await linesOf(place.open())).slice(1)).toEqual(files[2]!.slice(1));
  });
});

describe('an import from which another one has taken a thread', () => {
  test('writes and deletes nothing of it any more, and finds it in the end', async () => {
    const lines = await linesOf(await storeWith(2500));
    const engine = new TappedEngine(memory());
    await using store = await createStore({ engine });
    let puts = 0;
    let second: ReturnType<typeof tryImport> | undefined;
    engine.tap = async (call, run) => {
      const isOfItems = call.method === 'commit' && (call.commit.puts?.length ?? 0) > 500;
      // The first import has written a part of the thread when the second one begins and ends.
      if (isOfItems && ++puts === 2) await (second = tryImport(store, lines));
      return run();
    };
    const first = await tryImport(store, lines);
    expect(await second).toMatchObject({ report: { threadsCreated: 1 }, failures: [] });
    expect(first.failures).toEqual([]);
    expect(first.report).toMatchObject({ threadsCreated: 0, threadsFound: 1, failed: 0 });
    engine.tap = (_call, run) => run();
    const again: string[] = [];
    for await (const line of store.operator.exportLines()) again.push(line);
    expect(again.slice(1)).toEqual(lines.slice(1));
  });

  test('while it empties what an earlier one has left, deletes nothing of the other', async () => {
    const lines = await linesOf(await storeWith(2500));
    const engine = new TappedEngine(memory());
    await using store = await createStore({ engine });
    const cut = store.operator.importLines(
      (async function* () {
        for (const line of lines.slice(0, 2000)) yield await Promise.resolve(line);
      })(),
    );
    await expect(cut).rejects.toMatchObject({ code: 'invalid_request' });
    let second: ReturnType<typeof tryImport> | undefined;
    engine.tap = async (call, run) => {
      const isDeleting =
        call.method === 'deletePrefix' ||
        (call.method === 'commit' && (call.commit.deletes?.length ?? 0) > 0);
      if (isDeleting && second === undefined) await (second = tryImport(store, lines));
      return run();
    };
    const first = await tryImport(store, lines);
    expect(await second).toMatchObject({ report: { threadsCreated: 1 }, failures: [] });
    expect(first.failures).toEqual([]);
    expect(first.report).toMatchObject({ threadsCreated: 0, threadsFound: 1, failed: 0 });
    engine.tap = (_call, run) => run();
    const again: string[] = [];
    for await (const line of store.operator.exportLines()) again.push(line);
    expect(again.slice(1)).toEqual(lines.slice(1));
  });
});

describe('an import that lost a thread to another one', () => {
  /** Two imports: the second takes a thread over when the first has written a part of it. */
  async function contested(
    second: (store: Store, lines: string[]) => Promise<unknown>,
    onLook: () => void = () => undefined,
  ): Promise<Awaited<ReturnType<typeof tryImport>>> {
    const lines = await linesOf(await storeWith(2500));
    const engine = new TappedEngine(memory());
    await using store = await createStore({ engine });
    let puts = 0;
    engine.tap = async (call, run) => {
      const isOfItems = call.method === 'commit' && (call.commit.puts?.length ?? 0) > 500;
      if (isOfItems && ++puts === 2) await second(store, lines);
      if (call.method === 'get' && call.table === threads) onLook();
      return run();
    };
    return await tryImport(store, lines);
  }

  test('waits for it as long as that goes on', async () => {
    let looks = 0;
    const waits = Promise.withResolvers<void>();
    const took = Promise.withResolvers<void>();
    let other: ReturnType<Store['operator']['importLines']> | undefined;
    const first = contested(
      async (store, lines) => {
        async function* slow(): AsyncGenerator<string> {
          yield* lines.slice(0, 2200);
          took.resolve();
          await waits.promise;
          yield* lines.slice(2200);
        }
        other = store.operator.importLines(slow());
        await took.promise;
        looks = 1;
      },
      // It has taken the thread over, and goes on only once the first import waits for it.
      () => {
        if (looks > 0 && ++looks > 4) waits.resolve();
      },
    );
    const { report, failures } = await first;
    expect([failures, report.failed, report.threadsFound]).toEqual([[], 0, 1]);
    expect(await other).toMatchObject({ threadsCreated: 1, failed: 0 });
  });

  test('says that it lacks the thread if the other one was killed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const first = contested(async (store, lines) => {
        const cut = tryImport(store, lines.slice(0, 2200));
        await expect(cut).rejects.toMatchObject({ code: 'invalid_request' });
      });
      let ended = false;
      void first.finally(() => (ended = true));
      while (!ended) await vi.advanceTimersByTimeAsync(1000);
      const { report, failures } = await first;
      expect(report).toMatchObject({ failed: 1, threadsCreated: 0, threadsFound: 0 });
      expect(failures).toEqual([expect.stringContaining('another import')]);
    } finally {
      vi.useRealTimers();
    }
  });

  test('and which is deleted meanwhile says that it is', async () => {
    const { report, failures } = await contested(async (store, lines) => {
      await tryImport(store, lines);
      await store.project('project').as({ userId: 'owner' }).threads.delete(['t']);
    });
    expect([failures, report.threadsDeleted]).toEqual([[], 1]);
  });
});

describe('a thread that the file has as deleted', () => {
  test.each(enginePlaces)('stays where it is alive, which is said: %s', async (_name, create) => {
    const source = await storeWith(3, (kit) => kit.thread({ id: 'u' }));
    const early = await linesOf(source);
    await later(source, async (kit) => {
      await kit.owner.threads.delete(['t']);
      await settled(kit);
    });
    const lines = await linesOf(source);
    await using place = await create();
    await importInto(place.open(), early);
    await using store = await createStore({ engine: place.open() });
    const kept: string[] = [];
    const report = await store.operator.importLines(each(lines), {
      onKept: ({ threadId, line }) => kept.push(`${line} ${threadId}`),
    });
    expect(report).toMatchObject({ threadsKept: 1, threadsFound: 1, rowsAdded: 0, failed: 0 });
    expect(kept).toEqual(['2 project/t']);
    await store.close();
    expect((await linesOf(place.open())).slice(1)).toEqual(early.slice(1));
  });

  test('is found where it is deleted, and arrives as deleted where it never was', async () => {
    const source = await storeWith(3, async (kit) => {
      await kit.owner.threads.delete(['t']);
      await settled(kit);
    });
    const lines = await linesOf(source);
    const target = memory();
    for (const threadsFound of [0, 1]) {
      const report = await importInto(target, lines);
      expect(report).toMatchObject({ threadsKept: 0, threadsDeleted: 0, threadsFound });
    }
    expect((await linesOf(target)).slice(1)).toEqual(lines.slice(1));
  });
});

describe('a thread of the store with the head of the file', () => {
  const others: readonly (readonly [string, Parameters<typeof withRows>[1]])[] = [
    [
      'another text',
      (one) => edited(one, 'items', 2, { parts: [{ type: 'text', text: 'other' }] }),
    ],
    ['another role', (one) => edited(one, 'items', 3, { role: 'assistant' })],
    ['another author', (one) => edited(one, 'items', 1, { authorId: 'else' })],
    ['another place in the log', (one) => edited(one, 'items', 3, { commitVersion: 9 })],
    ['an item shown again', (one) => edited(one, 'items', 2, { visibility: 'visible' })],
    ['an item that is missing', (one) => (isAt(one, 'items', 2) ? undefined : one)],
    ['a change that is missing', (one) => (one.table === 'changes' ? undefined : one)],
    [
      'another change',
      (one) =>
        one.table === 'changes' ? { ...one, row: { ...one.row, tag: '0123456789ab' } } : one,
    ],
  ];

  test.each(others)('is found to be another by %s', async (_what, change) => {
    const engine = await storeWith(4);
    const lines = await linesOf(engine);
    const changed = withRows(lines, change);
    expect(changed).not.toEqual(lines);
    const target = memory();
    await importInto(target, changed);
    const before = await linesOf(target);
    await using store = await createStore({ engine: target });
    const { report, failures } = await tryImport(store, lines);
    expect(report).toMatchObject({ failed: 1, threadsFound: 0, rowsAdded: 0 });
    expect(failures).toEqual([expect.stringContaining('other items')]);
    await store.close();
    expect((await linesOf(target)).slice(1)).toEqual(before.slice(1));
  });

  test('is the same where other rows have changed since', async () => {
    const engine = await storeWith(4);
    const lines = await linesOf(engine);
    await later(engine, async (kit) => {
      await kit.owner.threads.fork([{ threadId: 't' }]);
      const { data } = await kit.owner.items.list('t');
      await kit.append('t', { text: 'later' });
      await kit.owner.items.redact('t', [data[0]!.id]);
    });
    const report = await importInto(engine, lines);
    expect(report).toMatchObject({ threadsFound: 1, rowsAdded: 0, failed: 0 });
  });
});

type Transferred = Parameters<Parameters<typeof withRows>[1]>[0];

function isAt({ table, row }: Transferred, name: string, position: number): boolean {
  return table === name && row.position === position;
}

function edited(
  one: Transferred,
  table: string,
  position: number,
  patch: object,
): Transferred | undefined {
  return isAt(one, table, position) ? { ...one, row: { ...one.row, ...patch } } : one;
}

describe('a thread that the file goes on from', () => {
  test.each(enginePlaces)(
    `is brought forward, whatever has happened: %s (SEED=${seed})`,
    async (_name, create) => {
      const engine = memory();
      const model = new ForkModel();
      const random = seededRandom(seed);
      const steps = async (from: number, to: number): Promise<string[]> => {
        const kit = await openKit({ engine });
        kit.clock.advance(from * 1000);
        for (let step = from; step < to; step++) await randomForkStep(kit, model, random, step);
        await settled(kit);
        await kit.store.close();
        return linesOf(engine);
      };
      const files = [await steps(0, 60), await steps(60, 90), await steps(90, 140)];
      await using place = await create();
      for (const lines of files) await importInto(place.open(), lines);
      await using kit = await openKit({ engine: place.open() });
      for (const thread of model.alive)
        await compareWithModel(kit, model, thread, 'brought forward');
      await kit.store.close();
      const again = await importInto(place.open(), files[2]!);
      expect(again).toMatchObject({ rowsAdded: 0, threadsContinued: 0 });
    },
  );

  test('is then the same as in the file, and its readers go on', async () => {
    const engine = await storeWith(4);
    const early = await linesOf(engine);
    await later(engine, async (kit) => {
      const { data } = await kit.owner.items.list('t');
      await kit.say('t', 'later', 'last');
      await kit.owner.items.redact('t', [data[0]!.id]);
      await kit.owner.threads.update([{ id: 't', title: 'Later', tags: ['x'] }]);
    });
    const lines = await linesOf(engine);
    const target = memory();
    await importInto(target, early);
    await using kit = await openKit({ engine: target });
    const { cursor } = await kit.owner.items.list('t');
    const tail = kit.owner.threads.live('t', { after: cursor });
    const next = tail.next();
    const { report, failures } = await tryImport(kit.store, lines);
    expect(failures).toEqual([]);
    expect(report).toMatchObject({ threadsContinued: 1, itemsAdded: 2, threadsFound: 0 });
    expect(await next).toMatchObject({ value: { type: 'item' } });
    await tail.return(undefined);
    expect((await kit.say('t', 'from here'))[0]!.id > '').toBe(true);
    await kit.store.close();
    const other = memory();
    for (const file of [early, lines]) await importInto(other, file);
    expect((await linesOf(other)).slice(1)).toEqual(lines.slice(1));
    expect(await problemsOf(other)).toEqual([]);
  });

  test('also if it was handed over since', async () => {
    const engine = memory();
    const kit = await openKit({ engine });
    const { id } = await kit.thread({ mode: 'group' });
    await kit.owner.participants.add(id, [{ userId: 'other' }]);
    await kit.store.close();
    const early = await linesOf(engine);
    await later(engine, async ({ owner, other }) => {
      await owner.participants.handOver(id, { userId: 'other' });
      await other.participants.handOver(id, { userId: 'other' });
    });
    const lines = await linesOf(engine);
    const target = memory();
    await importInto(target, early);
    expect(await importInto(target, lines)).toMatchObject({ threadsContinued: 1 });
    expect((await linesOf(target)).slice(1)).toEqual(lines.slice(1));
    expect(await importInto(target, early)).toMatchObject({ threadsFound: 1, rowsAdded: 0 });
  });

  const rivals: readonly (readonly [string, (kit: StoreKit) => Promise<unknown>])[] = [
    ['an item', (kit) => kit.say('t', 'here')],
    [
      'an amendment',
      async (kit) => {
        const { data } = await kit.owner.items.list('t');
        await kit.owner.items.redact('t', [data[0]!.id]);
      },
    ],
  ];

  test.each(rivals)(
    'is left as it is, and reported, if it has %s of its own',
    async (_what, step) => {
      const engine = await storeWith(4);
      const early = await linesOf(engine);
      await later(engine, async (kit) => {
        for (const text of times(5, (i) => `${i}`)) await kit.say('t', text);
      });
      const lines = await linesOf(engine);
      const target = memory();
      await importInto(target, early);
      await later(target, step);
      const before = await linesOf(target);
      await using store = await createStore({ engine: target });
      const { report, failures } = await tryImport(store, lines);
      expect(report).toMatchObject({ failed: 1, rowsAdded: 0, threadsContinued: 0 });
      expect(failures).toEqual([expect.stringContaining('other items')]);
      await store.close();
      expect((await linesOf(target)).slice(1)).toEqual(before.slice(1));
    },
  );

  test('by too much for one step is left as it is', async () => {
    const engine = await storeWith(4);
    const early = await linesOf(engine);
    await later(engine, async (kit) => {
      for (const batch of times(21, (i) => i)) {
        await kit.say('t', ...times(500, (i) => `${batch} ${i}`));
      }
    });
    const lines = await linesOf(engine);
    const target = memory();
    await importInto(target, early);
    await using store = await createStore({ engine: target });
    const { failures } = await tryImport(store, lines);
    expect(failures).toEqual([expect.stringContaining('empty store')]);
    await store.close();
    expect((await linesOf(target)).slice(1)).toEqual(early.slice(1));
  });
});

describe('a store that ever had a key', () => {
  async function restoredFrom(lines: readonly string[]): Promise<boolean> {
    await using store = await createStore({ engine: memory() });
    let told = 0;
    store.keys.watchProtection(() => told++);
    const { failures } = await tryImport(store, lines);
    expect(failures).toEqual([]);
    const isProtected = await store.keys.isProtected();
    expect([told, await store.keys.list()]).toEqual([isProtected ? 1 : 0, []]);
    return isProtected;
  }

  test('is protected after it was restored from a file, and the file has no key', async () => {
    const engine = await storeWith(4);
    expect(await restoredFrom(await linesOf(engine))).toBe(false);
    await later(engine, async ({ store }) => {
      const { id } = await store.keys.create({ projectId: 'project', name: 'SECRET name' });
      await store.keys.revoke(id);
    });
    const lines = await linesOf(engine);
    expect(lines.join('\n')).not.toContain('SECRET');
    expect(await restoredFrom(lines)).toBe(true);
    const target = memory();
    await importInto(target, lines);
    const again = await linesOf(target);
    expect(again.slice(1)).toEqual(lines.slice(1));
    expect(await restoredFrom(again)).toBe(true);
    const { lines: ofProject } = await exportOf(engine, { projectId: 'project' });
    expect(await restoredFrom(ofProject)).toBe(true);
    const { lines: ofUser } = await exportOf(engine, { projectId: 'project', userId: 'owner' });
    expect(await restoredFrom(ofUser)).toBe(false);
  });

  test('is protected before the first row of it is there', async () => {
    const engine = await storeWith(2500, ({ store }) => store.keys.protect());
    const lines = await linesOf(engine);
    const target = memory();
    const store = await createStore({ engine: target });
    const cut = tryImport(store, lines.slice(0, 3));
    await expect(cut).rejects.toMatchObject({ code: 'invalid_request' });
    expect(await store.keys.isProtected()).toBe(true);
    await store.close();
  });
});
