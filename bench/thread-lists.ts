import { join } from 'node:path';
import { createStore } from 'skein';
import { lsm } from 'skein/engines/lsm';
import { createThreads } from './append-load.ts';
import { createTemporaryFolder } from './cleanup.ts';
import { compareReads, type Read } from './compare-reads.ts';
import type { Measure, Row } from './measure.ts';

/**
 * The first page of the list of a user with many threads, against that of a user with a hundred, in
 * the same store.
 */
export const threadLists: Measure = {
  name: 'thread-lists',
  async run(context) {
    await using folder = await createTemporaryFolder(context.folder);
    const path = join(folder.path, 'data');
    const few = 100;
    const many = context.isQuick ? 10_000 : 100_000;
    context.progress(`making ${many.toLocaleString('en')} threads`);
    await fillStore(path, few, many);
    // Reopened, as after a restart: what was just written is no longer in memory.
    await using store = await createStore({ engine: lsm({ path }) });
    const listOf = (userId: string): Read => {
      const project = store.project('default').as({ userId });
      return () => project.threads.list({ limit: 50 });
    };
    const rows: Row[] = [];
    for (const readers of [1, 8]) {
      const figures = await compareReads({
        ours: listOf('many'),
        reference: listOf('few'),
        readers,
        readsPerTurn: 200,
        turns: context.isQuick ? 10 : 20,
      });
      rows.push({
        ...figures,
        measure: `list of ${many.toLocaleString('en')} threads, ${readers === 1 ? 'one reader' : `${readers} readers`}`,
        against: `of ${few}`,
        bar: { kind: 'atMost', value: 1.3 },
      });
    }
    return { rows, notes: [] };
  },
};

async function fillStore(path: string, few: number, many: number): Promise<void> {
  await using store = await createStore({ engine: lsm({ path }) });
  const project = store.project('default');
  await createThreads(project.as({ userId: 'few' }), few, 'few');
  await createThreads(project.as({ userId: 'many' }), many, 'many');
}
