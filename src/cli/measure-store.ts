import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine } from './open-database.ts';
import type { NewItem, ProjectApi } from './store-types.ts';

interface BenchOptions {
  /** The duration of each measurement, in milliseconds. */
  readonly durationMs: number;
  /** The parent of the temporary directory. Default: the system's. */
  readonly dir?: string;
  readonly onStep: (step: string) => void;
  /** Ends the measurements early; the directory is removed in any case. */
  readonly signal: AbortSignal;
}

export interface BenchResult {
  readonly writers: number;
  readonly threads: number;
  readonly itemBytes: number;
  /** Records written to a file, with one sync for each group of as many as there are writers. */
  readonly rawWritesPerSecond: number;
  readonly appendsPerSecond: number;
  readonly appendP99Ms: number;
  readonly readsPerSecond: number;
}

const writers = 64;
const threadsCount = 1000;
const readers = 8;
const item: NewItem = {
  role: 'user',
  text: 'a message of an ordinary length, as people write them. '.repeat(5),
};
const itemBytes = Buffer.byteLength(JSON.stringify(item));

/** Measures this machine briefly on a store of its own, which is removed afterwards. */
export async function measureStore(options: BenchOptions): Promise<BenchResult> {
  const path = await mkdtemp(join(options.dir ?? tmpdir(), 'skein-bench-'));
  try {
    options.onStep('Measuring raw synced writes');
    const rawWritesPerSecond = await measureRawWrites(join(path, 'raw'), createStopwatch(options));
    const measured = await measureSkein(join(path, 'store'), options);
    return { writers, threads: threadsCount, itemBytes, rawWritesPerSecond, ...measured };
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

interface Stopwatch {
  /** Whether the measurement continues. */
  readonly isRunning: () => boolean;
  readonly perSecond: (count: number) => number;
}

function createStopwatch({ durationMs, signal }: BenchOptions): Stopwatch {
  const startMs = performance.now();
  const elapsedMs = (): number => performance.now() - startMs;
  return {
    isRunning: () => elapsedMs() < durationMs && !signal.aborted,
    perSecond: (count) => (count / elapsedMs()) * 1000,
  };
}

async function measureRawWrites(path: string, stopwatch: Stopwatch): Promise<number> {
  const group = Buffer.alloc(itemBytes * writers, 'x');
  const file = await open(path, 'w');
  let count = 0;
  try {
    while (stopwatch.isRunning()) {
      await file.write(group);
      await file.datasync();
      count += writers;
    }
    return stopwatch.perSecond(count);
  } finally {
    await file.close();
  }
}

async function measureSkein(
  path: string,
  options: BenchOptions,
): Promise<Pick<BenchResult, 'appendsPerSecond' | 'appendP99Ms' | 'readsPerSecond'>> {
  const { createStore } = await import('../store/index.ts');
  await using store = await createStore({
    engine: await createEngine({ kind: 'directory', path }, {}),
  });
  const project = store.project('bench').as({ userId: 'bench' });
  const ids = Array.from({ length: threadsCount }, (_, i) => `thread-${i}`);
  await inParallel(writers, ids, async (id) => {
    await project.threads.create([{ id }]);
  });
  options.onStep('Measuring durable appends');
  const appends = await measureAppends(project, ids, createStopwatch(options));
  options.onStep('Measuring reads of the newest 50');
  const readsPerSecond = await measureReads(project, ids, options);
  return { ...appends, readsPerSecond };
}

async function measureAppends(
  project: ProjectApi,
  ids: readonly string[],
  stopwatch: Stopwatch,
): Promise<{ appendsPerSecond: number; appendP99Ms: number }> {
  const latenciesMs: number[] = [];
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let i = writer; stopwatch.isRunning(); i += writers) {
        const sentMs = performance.now();
        await project.items.append(ids[i % ids.length]!, [item]);
        latenciesMs.push(performance.now() - sentMs);
      }
    }),
  );
  const appendsPerSecond = stopwatch.perSecond(latenciesMs.length);
  latenciesMs.sort((a, b) => a - b);
  return { appendsPerSecond, appendP99Ms: latenciesMs[Math.floor(latenciesMs.length * 0.99)] ?? 0 };
}

async function measureReads(
  project: ProjectApi,
  ids: readonly string[],
  options: BenchOptions,
): Promise<number> {
  // Every thread read has the 50 items that the name of the measurement promises.
  const read = ids.slice(0, 100);
  await inParallel(readers, read, async (id) => {
    await project.items.append(
      id,
      Array.from({ length: 50 }, () => item),
    );
  });
  let count = 0;
  const stopwatch = createStopwatch(options);
  await Promise.all(
    Array.from({ length: readers }, async (_, reader) => {
      for (let i = reader; stopwatch.isRunning(); i += readers) {
        await project.items.list(read[i % read.length]!, { order: 'desc', limit: 50 });
        count++;
      }
    }),
  );
  return stopwatch.perSecond(count);
}

async function inParallel<T>(
  concurrency: number,
  inputs: readonly T[],
  run: (input: T) => Promise<void>,
): Promise<void> {
  const queue = inputs.values();
  const work = async (): Promise<void> => {
    for (const input of queue) await run(input);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}
