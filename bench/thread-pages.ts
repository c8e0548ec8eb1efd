import { join } from 'node:path';
import { createStore, type ProjectApi } from 'skein';
import { lsm } from 'skein/engines/lsm';
import { createThreads, fillThread } from './append-load.ts';
import { createTemporaryFolder } from './cleanup.ts';
import { compareReads, type Read } from './compare-reads.ts';
import type { BenchContext, Measure, Row } from './measure.ts';

const pageSize = 50;
/** The number of places in the middle, read in turn. */
const placesInTheMiddle = 64;

/**
 * The newest 50 items, and 50 in the middle, of a short thread and of longer ones in the same
 * store: the cost of a page must not depend on the length of its thread.
 */
export const threadPages: Measure = {
  name: 'thread-pages',
  async run(context) {
    await using folder = await createTemporaryFolder(context.folder);
    const path = join(folder.path, 'data');
    const sizes = context.isQuick ? [100, 10_000, 50_000] : [100, 10_000, 1_000_000];
    const threads = await fillStore(context, path, sizes);
    // Reopened, as after a restart: what was just written is no longer in memory.
    await using store = await createStore({ engine: lsm({ path }) });
    const project = store.project('default').as({ userId: 'u1' });
    const rows: Row[] = [];
    for (const { name, readOf, bar } of pageKinds) {
      const reads = await Promise.all(threads.map((thread) => readOf(project, thread)));
      for (const readers of [1, 8]) {
        for (const [i, { size }] of threads.entries()) {
          if (i === 0) continue;
          const figures = await compareReads({
            ours: reads[i]!,
            reference: reads[0]!,
            readers,
            readsPerTurn: 200,
            turns: context.isQuick ? 10 : 20,
          });
          const isLongest = i === threads.length - 1;
          rows.push({
            ...figures,
            measure: `${name} of ${size.toLocaleString('en')} items, ${nameOf(readers)}`,
            against: `of ${threads[0]!.size}`,
            ...(bar !== undefined && isLongest && { bar: { kind: 'atMost', value: bar } }),
          });
        }
      }
      context.progress(`${name}: done`);
    }
    return { rows, notes: [] };
  },
};

function nameOf(readers: number): string {
  return readers === 1 ? 'one reader' : `${readers} readers`;
}

interface FilledThread {
  readonly id: string;
  readonly size: number;
}

interface PageKind {
  readonly name: string;
  readonly bar?: number;
  readonly readOf: (project: ProjectApi, thread: FilledThread) => Promise<Read>;
}

const pageKinds: readonly PageKind[] = [
  {
    name: 'newest 50',
    bar: 1.3,
    // oxlint-disable-next-line require-await -- a promise by contract: the other kind looks for its places first
    readOf: async (project, { id }) => {
      return () => project.items.list(id, { order: 'desc', limit: pageSize });
    },
  },
  {
    name: '50 in the middle',
    bar: 1.3,
    readOf: async (project, thread) => {
      const places = await placesOf(project, thread);
      return (i) =>
        project.items.list(thread.id, { after: places[i % places.length]!, limit: pageSize });
    },
  },
];

/** Ids of consecutive items in the middle of a thread, each followed by a whole page. */
async function placesOf(project: ProjectApi, { id, size }: FilledThread): Promise<string[]> {
  const start = Math.floor((size - pageSize) / 2);
  const count = Math.min(placesInTheMiddle, size - start - pageSize);
  let after: string | undefined;
  for (let skipped = 0; skipped < start;) {
    const limit = Math.min(1000, start - skipped);
    const page = await project.items.list(id, { limit, ...(after !== undefined && { after }) });
    after = page.data.at(-1)!.id;
    skipped += page.data.length;
  }
  const page = await project.items.list(id, {
    limit: count,
    ...(after !== undefined && { after }),
  });
  return page.data.map((item) => item.id);
}

async function fillStore(
  context: BenchContext,
  path: string,
  sizes: readonly number[],
): Promise<FilledThread[]> {
  await using store = await createStore({ engine: lsm({ path }) });
  const project = store.project('default').as({ userId: 'u1' });
  const ids = await createThreads(project, sizes.length);
  const threads = sizes.map((size, i) => ({ id: ids[i]!, size }));
  for (const { id, size } of threads) {
    context.progress(`filling a thread with ${size.toLocaleString('en')} items`);
    await fillThread(project, id, size);
  }
  return threads;
}
