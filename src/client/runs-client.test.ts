import { expect, test } from 'vitest';
import { mailer } from '../../test/support/domain/mailer-for-testing.ts';
import { gate, scripted, textChunks } from '../../test/support/domain/responders-for-testing.ts';
import { sourceOf } from '../../test/support/domain/source-for-testing.ts';
import type { Item } from '../api/item.ts';
import type { ProjectApi } from '../api/project-api.ts';
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

test.each(['over HTTP', 'in process'])(
  'a failed continuation is tried again from what its tools did, %s',
  async (where) => {
    const responder = mailer();
    await using served = await serveInMemory({}, { responders: sourceOf(talker, responder) });
    const project = where === 'in process' ? served.project : served.connect();
    const [thread] = await project.threads.create([{}]);
    const { id } = thread!;
    const asked = await project.runs.start(id, { input: 'Send', model: 'test/mailer' });
    await asked.done;
    const answer = await newest(project, id);
    const parts = answer.parts.map((part) =>
      part.state === 'approval-requested'
        ? { ...part, state: 'approval-responded', approval: { id: 'ap', approved: true } }
        : part,
    );
    responder.failing = 2;
    const { runId } = answer;
    const approved = [
      { role: 'assistant', parts, replacesId: answer.id, ...(runId && { runId }) },
    ] as const;
    const went = await project.runs.start(id, { input: approved });
    expect(await went.done).toMatchObject({ status: 'failed', attempt: 1 });
    const failed = await newest(project, id);
    // Without a model: the one that has the tools.
    const retried = await project.runs.start(id, { retriesId: failed.id });
    expect(await retried.done).toMatchObject({
      ...{ status: 'failed', attempt: 2, model: 'test/mailer' },
      messageId: asked.run.messageId,
    });
    // The id of a revision stands for the newest one.
    const last = await project.runs.start(id, { retriesId: failed.id });
    expect(await last.done).toMatchObject({ status: 'completed', attempt: 3 });
    expect(responder.sent).toBe(1);
    const whole = await newest(project, id);
    expect(whole.parts).toEqual(
      expect.arrayContaining([expect.objectContaining({ output: 'mail 1' })]),
    );
    expect((await project.items.list(id)).data).toHaveLength(2);
    for (const retriesId of [failed.id, whole.id]) {
      await expect(project.runs.start(id, { retriesId })).rejects.toMatchObject({
        code: 'conflict',
      });
    }
    for (const other of [{ input: 'x' }, { replacesId: failed.id }, { messageId: 'm' }]) {
      await expect(
        project.runs.start(id, { retriesId: failed.id, ...other }),
      ).rejects.toMatchObject({ code: 'invalid_request' });
    }
    await expect(project.runs.start(id, { retriesId: 'nothing' })).rejects.toMatchObject({
      issues: [{ path: 'retriesId' }],
    });
  },
);

test('an agent goes on with its answers over HTTP where no model is configured', async () => {
  const agent = { ...mailer(), kind: 'agent', name: 'test/agent' } as const;
  let isFailing = true;
  const respond: typeof agent.respond = async function* (context) {
    yield* agent.respond(context);
    if (isFailing) throw new Error('The agent failed.');
  };
  await using served = await serveInMemory({}, { responders: sourceOf({ ...agent, respond }) });
  const client = served.connect();
  const [thread] = await client.threads.create([{}]);
  const { id } = thread!;
  await (
    await client.runs.start(id, { input: 'Send', agent: 'test/agent' })
  ).done;
  isFailing = false;
  const retried = await client.runs.start(id, { retriesId: (await newest(client, id)).id });
  expect(await retried.done).toMatchObject({ status: 'completed', agent: 'test/agent' });
});

async function newest(project: ProjectApi, threadId: string): Promise<Item> {
  return (await project.items.list(threadId, { order: 'desc', limit: 1 })).data[0]!;
}
