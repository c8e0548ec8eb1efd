import { join } from 'node:path';
import { createStore, type ProjectApi, type Store } from 'skein';
import { lsm } from 'skein/engines/lsm';
import { memory } from 'skein/engines/memory';
import { textOf } from './append-load.ts';
import { createTemporaryFolder } from './cleanup.ts';
import { compareCalls, type Read } from './compare-reads.ts';
import { countWrites } from './count-writes.ts';
import type { Measure } from './measure.ts';

/**
 * The first page of the threads that a user takes part in. A quarter of them are channels, whose
 * times no entry of the user tells.
 */
export const participatingLists: Measure = {
  name: 'participating-lists',
  async run(context) {
    await using folder = await createTemporaryFolder(context.folder);
    const path = join(folder.path, 'data');
    const many = context.isQuick ? 400 : 2000;
    context.progress(`making ${many.toLocaleString('en')} memberships`);
    await fillStore(path, many);
    // Reopened, as after a restart: what was just written is no longer in memory.
    await using store = await createStore({ engine: lsm({ path }) });
    const listOf = (userId: string): Read => {
      const project = store.project('default').as({ userId });
      return () => project.threads.list({ participating: true, limit: 50 });
    };
    const { row, p95Us } = await compareCalls({
      ours: listOf('many'),
      reference: listOf('few'),
      readers: 1,
      readsPerTurn: 20,
      turns: context.isQuick ? 6 : 20,
    });
    const measure = `list of ${many.toLocaleString('en')} memberships, a quarter big`;
    const against = `of ${few}, a quarter big`;
    const p95 = { measure: `${measure}, p95`, against, unit: 'µs' } as const;
    return {
      rows: [
        { ...row, measure, against, bar: { kind: 'atMost', value: 8 } },
        { ...p95, ...p95Us },
      ],
      notes: [],
    };
  },
};

const few = 100;
/** How much later than the one before a thread was begun. */
const betweenThreadsMs = 15 * 60_000;

async function fillStore(path: string, many: number): Promise<void> {
  let nowMs = Date.now() - (few + many) * betweenThreadsMs;
  await using store = await createStore({ engine: lsm({ path }), clock: () => nowMs });
  const passTime = (): void => void (nowMs += betweenThreadsMs);
  await joinThreads(store, 'few', few, passTime);
  await joinThreads(store, 'many', many, passTime);
}

async function joinThreads(
  store: Store,
  userId: string,
  count: number,
  passTime = (): void => undefined,
): Promise<void> {
  const owner: ProjectApi = store.project('default').as({ userId: 'owner' });
  for (let i = 0; i < count; i++) {
    const mode = i % 4 === 0 ? 'channel' : 'group';
    const thread = { title: `Conversation ${i}`, mode, participants: [{ userId }] } as const;
    await owner.threads.create([{ ...thread, items: [{ role: 'user', text: textOf(i) }] }]);
    passTime();
  }
}

const listed = 50;

/** What the engine is asked for when a user marks a thread as read, and lists fifty unread ones. */
export const readMarks: Measure = {
  name: 'read-marks',
  async run({ isQuick }) {
    const { engine, commits, scans } = countWrites(memory());
    await using store = await createStore({ engine });
    await joinThreads(store, 'reader', listed);
    const reader = store.project('default').as({ userId: 'reader' });
    const owner = store.project('default').as({ userId: 'owner' });
    const list = () => reader.threads.list({ participating: true, limit: listed });
    const scansOfList = async (): Promise<number> => {
      const before = scans();
      await list();
      return scans() - before;
    };
    const scansBefore = await scansOfList();
    const { data } = await list();
    const unread = isQuick ? 10 : 100;
    for (const { id } of data) {
      const items = Array.from({ length: unread }, (_, i) => ({
        role: 'user' as const,
        text: textOf(i),
      }));
      await owner.items.append(id, items);
    }
    const scansAfter = await scansOfList();
    const commitsBefore = commits();
    for (const { id, lastItemId } of (await list()).data) {
      if (lastItemId !== null) await reader.reads.mark(id, { itemId: lastItemId });
    }
    return {
      rows: [
        {
          measure: 'commits to mark a thread as read',
          unit: 'count',
          ours: (commits() - commitsBefore) / listed,
          reference: 1,
          against: 'one commit',
          bar: { kind: 'upTo', value: 1 },
        },
        {
          measure: `scans for a list of ${listed} threads, ${unread} unread in each`,
          unit: 'count',
          ours: scansAfter,
          reference: scansBefore,
          against: 'one unread in each',
          bar: { kind: 'atMost', value: 1 },
        },
      ],
      notes: [],
    };
  },
};
