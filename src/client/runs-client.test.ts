import { expect, test } from 'vitest';
import { gate, scripted, textChunks } from '../../test/support/domain/responders-for-testing.ts';
import { sourceOf } from '../../test/support/domain/source-for-testing.ts';
import type { StreamEvent } from '../api/stream.ts';
import {
  networkError,
  serveInMemory,
  textOf,
} from '../../test/support/client/served-store-for-testing.ts';
import { until } from '../../test/support/shared/waits-for-testing.ts';

const words = Array.from({ length: 50 }, (_, i) => `w${i} `);
const talker = scripted(() => textChunks(...words), 'test/talker');
const runs = { flushIntervalMs: 1 };

test('a run is started, followed and read over HTTP as in process', async () => {
  await using served = await serveInMemory({}, { responders: sourceOf(talker), runs });
  const client = served.connect();
  const [thread] = await client.threads.create([{}]);
  const { id } = thread!;
  const { run, items, replayed, done } = await client.runs.start(id, { input: 'Talk' });
  expect({ replayed, model: run.model, texts: items.map(textOf) }).toEqual({
    replayed: false,
    model: 'test/talker',
    texts: ['Talk'],
  });
  const events: StreamEvent[] = [];
  for await (const event of client.streams.read(id, run.streamId)) events.push(event);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
  const deltas = events.map(({ chunk }) => (chunk.type === 'text-delta' ? chunk.delta : ''));
  expect(deltas.join('')).toBe(words.join(''));
  expect(await done).toEqual(await served.project.runs.get(id, run.id));
  expect(await client.runs.get(id, run.id)).toMatchObject({ status: 'completed' });
  expect((await client.runs.list(id)).data).toEqual((await served.project.runs.list(id)).data);
  expect(await client.streams.get(id, run.streamId)).toEqual(
    await served.project.streams.get(id, run.streamId),
  );
});

test('a stream that is cut repeatedly arrives whole, each chunk once', async () => {
  const seqs: number[] = [];
  // Each chunk is sent by itself, since the next one comes only when the reader has it.
  const responder = scripted(async function* () {
    for (const [i, chunk] of textChunks(...words).entries()) {
      await until(() => seqs.length === i);
      yield chunk;
    }
  }, 'test/talker');
  await using served = await serveInMemory({}, { responders: sourceOf(responder), runs });
  const client = served.connect();
  const [thread] = await client.threads.create([{}]);
  const { id } = thread!;
  const { run } = await client.runs.start(id, { input: 'Talk' });
  let cuts = 0;
  served.deliver = (response, request) => {
    if (!request.url.includes('/streams/') || cuts >= 8) return response;
    cuts++;
    return cutAfter(response, 2);
  };
  for await (const { seq } of client.streams.read(id, run.streamId)) seqs.push(seq);
  expect(seqs).toEqual(seqs.map((_, i) => i + 1));
  expect(seqs.length).toBe(textChunks(...words).length);
  expect(cuts).toBeGreaterThan(3);
});

/** The response breaks off after `pieces` pieces of its body. */
function cutAfter(response: Response, pieces: number): Response {
  const reader = response.body!.getReader();
  let count = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) return controller.close();
      if (count++ < pieces) return controller.enqueue(value);
      await reader.cancel();
      controller.error(networkError());
    },
  });
  return new Response(body, response);
}

test('a stop over HTTP ends the run, and the active stream is found', async () => {
  const hung = gate();
  const hanging = scripted(async function* () {
    yield* textChunks('half').slice(0, 4);
    await hung.opened;
  });
  await using served = await serveInMemory({}, { responders: sourceOf(hanging), runs });
  const client = served.connect();
  const [thread] = await client.threads.create([{}]);
  const { id } = thread!;
  const { run, done } = await client.runs.start(id, { input: 'Talk' });
  for await (const { seq } of client.streams.read(id, run.streamId)) if (seq === 4) break;
  expect((await client.streams.active(id))?.id).toBe(run.streamId);
  expect(await client.runs.stop(id, run.id)).toMatchObject({ status: 'cancelled' });
  expect(await done).toMatchObject({ status: 'cancelled' });
  expect(await client.streams.active(id)).toBeUndefined();
  hung.open();
});
