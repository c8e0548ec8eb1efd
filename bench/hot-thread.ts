import { join } from 'node:path';
import { createStore, type ProjectApi, type Store } from 'skein';
import { lsm } from 'skein/engines/lsm';
import { appendOneByOne, createThreads, fillThread } from './append-load.ts';
import { createTemporaryFolder } from './cleanup.ts';
import { compareReads, type Read } from './compare-reads.ts';
import type { BenchContext, Measure, Row } from './measure.ts';

const threadCount = 100;
const itemsPerThread = 60;

/**
 * Reads right after very many appends of one item each to one thread, against the same reads of a
 * fresh store with the same threads but without those appends. The remains of appends (old versions
 * of the head, moved list entries) must not slow down readers.
 */
export const hotThread: Measure = {
  name: 'hot-thread',
  async run(context) {
    const rows: Row[] = [];
    const total = context.isQuick ? 20_000 : 200_000;
    const notes: string[] = [];
    for (const writers of [64, 1]) {
      // A single writer makes as many commits as appends: the worst case, and the slowest.
      const count = writers === 1 ? total / 4 : total;
      const measured = await measureHot(context, count, writers);
      rows.push(...measured.rows);
      notes.push(measured.note);
    }
    return { rows, notes };
  },
};

async function measureHot(
  context: BenchContext,
  count: number,
  writers: number,
): Promise<{ rows: Row[]; note: string }> {
  await using folder = await createTemporaryFolder(context.folder);
  await using fresh = await openFilled(join(folder.path, 'fresh'));
  await using hot = await openFilled(join(folder.path, 'hot'));
  const [freshProject, hotProject] = [projectOf(fresh), projectOf(hot)];
  const what = `${count.toLocaleString('en')} appends by ${writers === 1 ? 'one writer' : `${writers} writers`}`;
  context.progress(`${what} to one thread`);
  const startMs = performance.now();
  await appendOneByOne(hotProject, [hotThreadId], count, writers);
  const seconds = (performance.now() - startMs) / 1000;
  const rows: Row[] = [];
  for (const [name, readOf] of reads) {
    const figures = await compareReads({
      ours: readOf(hotProject),
      reference: readOf(freshProject),
      readers: 1,
      readsPerTurn: 50,
      turns: 20,
    });
    rows.push({
      ...figures,
      measure: `${name} after ${what}`,
      against: 'fresh store',
      bar: { kind: 'atMost', value: 2 },
    });
  }
  const note = `${what} to one thread took ${seconds.toFixed(1)} s, ${Math.round(count / seconds).toLocaleString('en')} a second.`;
  return { rows, note };
}

const hotThreadId = `thread-${String(threadCount / 2).padStart(6, '0')}`;

const reads: readonly (readonly [string, (project: ProjectApi) => Read])[] = [
  ['newest 50', (project) => () => project.items.list(hotThreadId, { order: 'desc', limit: 50 })],
  ['thread list', (project) => () => project.threads.list({ limit: 50 })],
];

function projectOf(store: Store): ProjectApi {
  return store.project('default').as({ userId: 'u1' });
}

async function openFilled(path: string): Promise<Store> {
  const store = await createStore({ engine: lsm({ path }) });
  const project = projectOf(store);
  const ids = await createThreads(project, threadCount);
  for (const id of ids) await fillThread(project, id, itemsPerThread);
  return store;
}
