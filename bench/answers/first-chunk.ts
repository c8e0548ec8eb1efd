import { join } from 'node:path';
import { streamText, toUIMessageStream } from 'ai';
import { createStore, type ProjectApi } from 'skein';
import { createResponder } from 'skein/adapters/ai-sdk';
import { lsm } from 'skein/engines/lsm';
import { startServer } from '../child-server.ts';
import { createTemporaryFolder } from '../cleanup.ts';
import type { BenchContext, Measure, Row } from '../measure.ts';
import { median, ratioSpread } from '../statistics.ts';
import { readAnswer } from './read-answer.ts';
import { createScriptedModel, nameOf, type Script } from './scripted-answers.ts';

/** An answer of some length: what follows the first piece must not delay it. */
const scripts: readonly (readonly [text: string, Script])[] = [
  ['a model that is there at once', { pieces: 30 }],
  ['a model that takes 30 ms', { pieces: 8, firstPauseMs: 30, pauseMs: 5 }],
];

/**
 * The time from the question to the first piece of text. Ours goes through the store: the question
 * and the run are durable before the model is called, and the piece before any reader sees it. The
 * reference is the same model streamed by the AI SDK alone. In process, and over HTTP by one client
 * to two servers.
 */
export const firstChunk: Measure = {
  name: 'first-chunk',
  async run(context) {
    const rows: Row[] = [];
    for (const [text, script] of scripts) {
      context.progress(text);
      rows.push(rowOf(`first text, ${text}`, 'the AI SDK alone', await inProcess(context, script)));
      rows.push(
        rowOf(`first text over HTTP, ${text}`, 'the AI SDK alone', await overHttp(context, script)),
      );
    }
    return { rows, notes: [] };
  },
};

interface Samples {
  readonly ours: readonly number[];
  readonly reference: readonly number[];
}

function rowOf(measure: string, against: string, { ours, reference }: Samples): Row {
  return {
    ...{ measure, against, unit: 'ms' },
    ...{ ours: median(ours), reference: median(reference) },
    spread: ratioSpread(groupMedians(ours), groupMedians(reference)),
    bar: { kind: 'adds', value: 5 },
  };
}

/** Medians of ten each, since the ratio of two single turns says nothing. */
function groupMedians(samples: readonly number[]): number[] {
  const groups = Math.floor(samples.length / 10);
  return Array.from({ length: groups }, (_, i) => median(samples.slice(i * 10, i * 10 + 10)));
}

/** The sides alternate, after some turns to warm up. */
async function byTurns(
  context: BenchContext,
  ours: (i: number) => Promise<number>,
  reference: (i: number) => Promise<number>,
): Promise<Samples> {
  const [count, warmUp] = [context.isQuick ? 20 : 100, 20];
  const samples: { ours: number[]; reference: number[] } = { ours: [], reference: [] };
  for (let i = -warmUp; i < count; i++) {
    const [a, b] = [await ours(i + warmUp), await reference(i + warmUp)];
    if (i < 0) continue;
    samples.ours.push(a);
    samples.reference.push(b);
  }
  return samples;
}

async function inProcess(context: BenchContext, script: Script): Promise<Samples> {
  await using folder = await createTemporaryFolder(context.folder);
  await using store = await createStore({ engine: lsm({ path: join(folder.path, 'data') }) });
  const project = store.project('default').as({ userId: 'u1' });
  return await byTurns(
    context,
    (i) => throughStore(project, i, script),
    () => alone(script),
  );
}

async function throughStore(project: ProjectApi, i: number, script: Script): Promise<number> {
  const threadId = `thread-${i}`;
  await project.threads.create([{ id: threadId, title: 'A conversation' }]);
  const responder = createResponder({ name: 'sdk/model', model: createScriptedModel(script) });
  const startMs = performance.now();
  const { run, done } = await project.runs.start(threadId, { input: 'Hello.', responder });
  let tookMs = Number.NaN;
  for await (const { chunk } of project.streams.read(threadId, run.streamId)) {
    if (chunk.type === 'text-delta' && Number.isNaN(tookMs)) tookMs = performance.now() - startMs;
  }
  await done;
  return tookMs;
}

async function alone(script: Script): Promise<number> {
  const model = createScriptedModel(script);
  const startMs = performance.now();
  let tookMs = Number.NaN;
  const { stream } = streamText({ model, prompt: 'Hello.' });
  for await (const chunk of toUIMessageStream({ stream })) {
    if (chunk.type === 'text-delta' && Number.isNaN(tookMs)) tookMs = performance.now() - startMs;
  }
  return tookMs;
}

async function overHttp(context: BenchContext, script: Script): Promise<Samples> {
  await using folder = await createTemporaryFolder(context.folder);
  await using ours = await startServer(context, 'answer-server', [join(folder.path, 'data')]);
  await using plain = await startServer(context, 'plain-answer-server');
  const name = nameOf(script).replace('script/', 'sdk/');
  const create = async (id: string): Promise<void> => {
    await fetch(`http://127.0.0.1:${ours.port}/v1/threads`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id, title: 'A conversation' }),
    }).then((answer) => answer.text());
  };
  const ask = async (port: number, path: string): Promise<number> => {
    const { firstTextMs } = await readAnswer({
      port,
      path,
      body: { input: 'Hello.', model: name },
    });
    return firstTextMs;
  };
  return await byTurns(
    context,
    async (i) => {
      await create(`thread-${i}`);
      return await ask(ours.port, `/v1/threads/thread-${i}/runs`);
    },
    () => ask(plain.port, `/${name}`),
  );
}
