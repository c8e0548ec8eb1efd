import type { ProjectApi } from 'skein';
import { sampleTexts } from './sample-text.ts';
import { createSequence } from './statistics.ts';

const texts = sampleTexts(4096);

export function textOf(number: number): string {
  return texts[number % texts.length]!;
}

/** Creates `count` threads and returns their ids. */
export async function createThreads(
  project: ProjectApi,
  count: number,
  name = 'thread',
): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, i) => `${name}-${String(i).padStart(6, '0')}`);
  for (let i = 0; i < count; i += threadsPerCall) {
    await project.threads.create(
      ids.slice(i, i + threadsPerCall).map((id) => ({ id, title: `Conversation ${id}` })),
    );
  }
  return ids;
}

const threadsPerCall = 1000;

/**
 * Appends `count` items, one per call, to random threads: `writers` at a time, each waiting for its
 * own.
 */
export async function appendOneByOne(
  project: ProjectApi,
  threadIds: readonly string[],
  count: number,
  writers: number,
): Promise<void> {
  const next = createSequence(11);
  let started = 0;
  const write = async (): Promise<void> => {
    while (started < count) {
      const text = textOf(started++);
      await project.items.append(threadIds[next(threadIds.length)]!, [{ role: 'user', text }]);
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
}

/** Appends `count` items to one thread in calls of up to 1,000, the fastest way to fill it. */
export async function fillThread(
  project: ProjectApi,
  threadId: string,
  count: number,
  onProgress?: (done: number) => void,
): Promise<void> {
  const callsUnderWay = 4;
  let started = 0;
  let done = 0;
  const write = async (): Promise<void> => {
    while (started < count) {
      const size = Math.min(1000, count - started);
      const first = started;
      started += size;
      const items = Array.from({ length: size }, (_, i) => ({
        role: i % 2 === 0 ? ('user' as const) : ('assistant' as const),
        text: textOf(first + i),
      }));
      await project.items.append(threadId, items);
      done += size;
      onProgress?.(done);
    }
  };
  await Promise.all(Array.from({ length: callsUnderWay }, write));
}
