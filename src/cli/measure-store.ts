import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine } from './open-database.ts';
import type { NewItem, ProjectApi } from './store-types.ts';

export interface BenchOptions {
  /** Of each measurement. */
  readonly durationMs: number;
  /** Where the temporary directory is made. Default: the system's. */
  readonly dir?: string;
  readonly onStep: (step: string) => void;
}

export interface BenchResult {
  readonly writers: number;
  readonly threads: number;
  readonly itemBytes: number;
  /** Records written to a file, one sync for each group of as many as there are writers. */
  readonly rawWritesPerSecond: number;
  readonly appendsPerSecond: number;
  readonly appendP99Ms: number;
  readonly readsPerSecond: number;
}

const writers = 64;
const threadsCount = 1000;
const readers = 8;
const item: NewItem = { role: 'user', text: 'a message of an ordinary length, as people write them. '.repeat(5) };
const itemBytes = Buffer.byteLength(JSON.stringify(item));

/** A short measurement of this machine on a store of its own, which is removed afterwards. */
export async function measureStore({ durationMs, dir, onStep }: BenchOptions): Promise<BenchResult> {
  const path = await mkdtemp(join(dir ?? tmpdir(), 'skein-bench-'));
  try {
    onStep('Measuring raw synced writes');
    const rawWritesPerSecond = await measureRawWrites(join(path, 'raw'), durationMs);
    const measured = await measureSkein(join(path, 'store'), durationMs, onStep);
    return { writers, threads: threadsCount, itemBytes, rawWritesPerSecond, ...measured };
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

async function measureRawWrites(path: string, durationMs: number): Promise<number> {
  const group = Buffer.alloc(itemBytes * writers, 'x');
  const file = await open(path, 'w');
  const startMs = performance.now();
  let count = 0;
  try {
    while (performance.now() - startMs < durationMs) {
      await file.write(group);
      await file.datasync();
      count += writers;
    }
    return perSecond(count, startMs);
  } finally {
    await file.close();
  }
}

async function measureSkein(
  path: string,
  durationMs: number,
  onStep: (step: string) => void,
): Promise<Pick<BenchResult, 'appendsPerSecond' | 'appendP99Ms' | 'readsPerSecond'>> {
  const { createStore } = await import('../store/index.ts');
  await using store = await createStore({ engine: await createEngine({ kind: 'directory', path }) });
  const project = store.project('bench').as({ userId: 'bench' });
  const ids = Array.from({ length: threadsCount }, (_, i) => `thread-${i}`);
  await inParallel(writers, ids, async (id) => {
    await project.threads.create([{ id }]);
  });
  onStep('Measuring durable appends');
  const appends = await measureAppends(project, ids, durationMs);
  onStep('Measuring reads of the newest 50');
  const readsPerSecond = await measureReads(project, ids, durationMs);
  return { ...appends, readsPerSecond };
}

async function measureAppends(
  project: ProjectApi,
  ids: readonly string[],
  durationMs: number,
): Promise<{ appendsPerSecond: number; appendP99Ms: number }> {
  const latenciesMs: number[] = [];
  const startMs = performance.now();
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let i = writer; performance.now() - startMs < durationMs; i += writers) {
        const sentMs = performance.now();
        await project.items.append(ids[i % ids.length]!, [item]);
        latenciesMs.push(performance.now() - sentMs);
      }
    }),
  );
  const appendsPerSecond = perSecond(latenciesMs.length, startMs);
  latenciesMs.sort((a, b) => a - b);
  return { appendsPerSecond, appendP99Ms: latenciesMs[Math.floor(latenciesMs.length * 0.99)] ?? 0 };
}

async function measureReads(project: ProjectApi, ids: readonly string[], durationMs: number): Promise<number> {
  // Every thread read has the 50 items that the measurement is named after.
  const read = ids.slice(0, 100);
  await inParallel(readers, read, async (id) => {
    await project.items.append(id, Array.from({ length: 50 }, () => item));
  });
  let count = 0;
  const startMs = performance.now();
  await Promise.all(
    Array.from({ length: readers }, async (_, reader) => {
      for (let i = reader; performance.now() - startMs < durationMs; i += readers) {
        await project.items.list(read[i % read.length]!, { order: 'desc', limit: 50 });
        count++;
      }
    }),
  );
  return perSecond(count, startMs);
}

async function inParallel<T>(concurrency: number, inputs: readonly T[], run: (input: T) => Promise<void>): Promise<void> {
  const queue = inputs.values();
  const work = async (): Promise<void> => {
    for (const input of queue) await run(input);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}

function perSecond(count: number, startMs: number): number {
  return (count / (performance.now() - startMs)) * 1000;
}
