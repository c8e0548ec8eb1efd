import { afterEach, beforeEach, expect, test } from 'vitest';
import { Respondents } from '../../test/support/domain/respondents-for-testing.ts';
import { memory } from '../engines/memory/index.ts';
import type { ComparisonEvent } from '../api/comparison.ts';
import type { ProjectApi } from '../api/project-api.ts';
import { serve, type RunningServer } from '../server/serve.ts';
import { createStore } from '../store/create-store.ts';
import type { Store } from '../store/store.ts';
import { createClient } from './create-client.ts';

let store: Store;
let server: RunningServer;
let respondents: Respondents;
let client: ProjectApi;
let threadId: string;
const prompt = { prompt: 'Hi', models: ['lab/alpha', 'lab/beta'] } as const;

beforeEach(async () => {
  respondents = new Respondents(['lab/alpha', 'lab/beta']);
  store = await createStore({ engine: memory(), responders: respondents });
  server = await serve({ store, port: 0 });
  client = createClient({ baseUrl: server.url, userId: 'u' });
  const [thread] = await client.threads.create([{}]);
  threadId = thread!.id;
});
afterEach(async () => {
  respondents.releaseAll();
  await server.close();
  await store.close();
});

async function all(events: AsyncIterable<ComparisonEvent>): Promise<ComparisonEvent[]> {
  const read: ComparisonEvent[] = [];
  for await (const event of events) read.push(event);
  return read;
}

test('a comparison over HTTP is the same as in process', async () => {
  const { comparison, items, done, replayed } = await client.comparisons.create(threadId, prompt);
  expect([replayed, items[0]?.id]).toEqual([false, comparison.inputItemId]);
  const ended = await done;
  const inProcess = store.project('default').as({ userId: 'u' }).comparisons;
  expect(ended).toEqual(await inProcess.get(threadId, comparison.id));
  expect((await client.comparisons.list(threadId)).data).toEqual([ended]);
  const voted = await client.comparisons.vote(threadId, comparison.id, { choice: 'right' });
  expect(voted.voteChoice).toBe('right');
  expect(await client.comparisons.leaderboard()).toEqual(await inProcess.leaderboard());
  expect(await client.comparisons.turns(threadId)).toEqual(await inProcess.turns(threadId));
});

test('each event arrives once, though the connection is cut', async () => {
  let connections = 0;
  const cutting = createClient({
    baseUrl: server.url,
    userId: 'u',
    fetch: async (request) => {
      const response = await fetch(request);
      if (!request.url.includes('/stream') || response.body === null) return response;
      return new Response(cutAfter(response.body, 400 * ++connections), response);
    },
  });
  const { comparison, done } = await client.comparisons.create(threadId, prompt);
  await done;
  const whole = await all(client.comparisons.read(threadId, comparison.id));
  const pieced = await all(cutting.comparisons.read(threadId, comparison.id));
  expect(connections).toBeGreaterThan(2);
  const chunksOf = (events: readonly ComparisonEvent[], side: string): unknown[] =>
    events.flatMap((event) => (event.type === side && 'chunk' in event ? [event.chunk] : []));
  for (const side of ['left', 'right'])
    expect(chunksOf(pieced, side)).toEqual(chunksOf(whole, side));
  expect([pieced[0]?.type, pieced.at(-1)?.type]).toEqual(['comparison', 'done']);
  expect(pieced.filter(({ type }) => type === 'comparison')).toHaveLength(1);
});

test('errors are those of the store', async () => {
  const twice = { ...prompt, models: ['lab/alpha', 'lab/alpha'] } as const;
  await expect(client.comparisons.create(threadId, twice)).rejects.toMatchObject({
    code: 'invalid_request',
  });
  await expect(client.comparisons.get(threadId, 'none')).rejects.toMatchObject({
    code: 'not_found',
  });
  await expect(all(client.comparisons.read(threadId, 'none'))).rejects.toMatchObject({
    code: 'not_found',
  });
});

/** A body that breaks off after about `bytesMax` bytes. */
function cutAfter(body: ReadableStream<Uint8Array>, bytesMax: number): ReadableStream<Uint8Array> {
  let bytes = 0;
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        const kept = chunk.subarray(0, Math.max(0, bytesMax - bytes));
        bytes += chunk.byteLength;
        if (kept.byteLength > 0) controller.enqueue(kept);
        if (bytes > bytesMax) controller.terminate();
      },
    }),
  );
}
