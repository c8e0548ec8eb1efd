import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createStore } from 'skein';
import { createThreadService, SkeinSaver } from 'skein/adapters/langgraph';
import { lsm } from 'skein/engines/lsm';
import { createTemporaryFolder } from './cleanup.ts';
import { compareReads } from './compare-reads.ts';
import { CheckpointedThread } from './langgraph-load.ts';
import type { Measure } from './measure.ts';

const threadsOfUser = 100;
const userId = '6b1c7c1e-3f0b-4f0a-9d0e-0d6c5a0f7a11';

/**
 * `listThreads` for a user with 100 threads, in a store of 100,000 threads and in one with only
 * those.
 */
export const langgraphThreads: Measure = {
  name: 'langgraph-threads',
  async run(context) {
    await using folder = await createTemporaryFolder(context.folder);
    const all = context.isQuick ? 10_000 : 100_000;
    const count = all.toLocaleString('en');
    const [big, small] = [join(folder.path, 'big'), join(folder.path, 'small')];
    context.progress(`making ${count} threads`);
    await fillStore(big, all);
    await fillStore(small, threadsOfUser);
    // Reopened, as after a restart.
    await using bigStore = await createStore({ engine: lsm({ path: big }) });
    await using smallStore = await createStore({ engine: lsm({ path: small }) });
    const [ours, reference] = [bigStore, smallStore].map((store) => {
      const service = createThreadService(store);
      return async () => {
        const { threads, total } = await service.listThreads(userId);
        if (threads.length === 0 || total !== threadsOfUser)
          throw new Error('Threads are missing.');
      };
    });
    const figures = await compareReads({
      ours: ours!, // one of each
      reference: reference!,
      readers: 1,
      readsPerTurn: 50,
      turns: context.isQuick ? 10 : 20,
    });
    return {
      rows: [
        {
          ...figures,
          measure: `LangGraph, listThreads of ${threadsOfUser} of ${count} threads`,
          against: `of ${threadsOfUser} of ${threadsOfUser}`,
          bar: { kind: 'atMost', value: 1.3 },
        },
      ],
      notes: [],
    };
  },
};

/** Creates the threads of others before and after those of the user. */
async function fillStore(path: string, all: number): Promise<void> {
  await using store = await createStore({ engine: lsm({ path }) });
  const others = all - threadsOfUser;
  const before = Math.floor(others / 2);
  await createOthers(store.project('default'), before);
  const saver = new SkeinSaver({ store, userId });
  for (let i = 0; i < threadsOfUser; i++) {
    await new CheckpointedThread(saver, randomUUID(), 2).stepTo(2);
  }
  await createOthers(store.project('default'), others - before);
}

async function createOthers(
  project: ReturnType<Awaited<ReturnType<typeof createStore>>['project']>,
  count: number,
): Promise<void> {
  for (let made = 0; made < count; made += threadsOfUser) {
    const threads = Array.from({ length: Math.min(threadsOfUser, count - made) }, () => ({
      id: randomUUID(),
      title: 'Somebody else’s conversation',
    }));
    await project.as({ userId: randomUUID() }).threads.create(threads);
  }
}
