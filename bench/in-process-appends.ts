import { join } from 'node:path';
import { createStore, type ProjectApi, type Store } from 'skein';
import { lsm } from 'skein/engines/lsm';
import { appendOneByOne, createThreads } from './append-load.ts';
import { createTemporaryFolder } from './cleanup.ts';
import type { BenchContext, Measure, MeasureResult } from './measure.ts';
import { recordWrites, replayWrites, sizeOf } from './recorded-writes.ts';
import { median, ratioSpread } from './statistics.ts';

const writers = 64;
const threadCount = 1000;

/**
 * Durable appends in process: 64 writers, each waiting for its own append, over 1,000 threads. The
 * reference is classic-level written directly with exactly the keys, values and batches that the
 * store wrote under the same load, so it does the same work for the disk and nothing else.
 */
export const inProcessAppends: Measure = {
  name: 'in-process-appends',
  async run(context) {
    const count = context.isQuick ? 20_000 : 100_000;
    const rounds = context.isQuick ? 3 : 7;
    context.progress('recording what the store writes');
    const groups = await recordWrites(context.folder, async (store) => {
      const append = await prepareAppends(store);
      return () => append(count);
    });
    const ours: number[] = [];
    const reference: number[] = [];
    await appendRound(context, count); // warms up
    await replayWrites(context.folder, groups);
    for (let round = 1; round <= rounds; round++) {
      ours.push(await appendRound(context, count));
      reference.push(count / (await replayWrites(context.folder, groups)));
      context.progress(
        `round ${round} of ${rounds}: ${perSecond(ours.at(-1)!)}, directly ${perSecond(reference.at(-1)!)}`,
      );
    }
    return resultOf(ours, reference, count, groups);
  },
};

function perSecond(rate: number): string {
  return `${Math.round(rate).toLocaleString('en')} a second`;
}

function resultOf(
  ours: readonly number[],
  reference: readonly number[],
  count: number,
  groups: Parameters<typeof sizeOf>[0],
): MeasureResult {
  const { operations, bytes } = sizeOf(groups);
  return {
    rows: [
      {
        measure: 'in-process durable appends',
        unit: 'a second',
        ours: median(ours),
        reference: median(reference),
        against: 'classic-level, directly',
        spread: ratioSpread(ours, reference),
        bar: { kind: 'atLeast', value: 0.6 },
      },
    ],
    notes: [
      `${count.toLocaleString('en')} appends a round: one takes ${(operations / count).toFixed(1)} operations and ` +
        `${Math.round(bytes / count)} bytes of keys and values, one synced batch ${(count / groups.length).toFixed(1)} appends.`,
    ],
  };
}

/** Appends per second. */
async function appendRound(context: BenchContext, count: number): Promise<number> {
  await using folder = await createTemporaryFolder(context.folder);
  await using store = await createStore({ engine: lsm({ path: join(folder.path, 'data') }) });
  const append = await prepareAppends(store);
  const startMs = performance.now();
  await append(count);
  return count / ((performance.now() - startMs) / 1000);
}

async function prepareAppends(store: Store): Promise<(count: number) => Promise<void>> {
  const project: ProjectApi = store.project('default').as({ userId: 'u1' });
  const threadIds = await createThreads(project, threadCount);
  return (count) => appendOneByOne(project, threadIds, count, writers);
}
