import { join } from 'node:path';
import { createStore, type ProjectApi } from 'skein';
import { lsm } from 'skein/engines/lsm';
import { createThreads } from '../append-load.ts';
import { startServer } from '../child-server.ts';
import { createTemporaryFolder } from '../cleanup.ts';
import type { BenchContext, Measure, MeasureResult, Row } from '../measure.ts';
import { median, ratioSpread } from '../statistics.ts';
import { readAnswer } from './read-answer.ts';
import {
  framingChunks,
  nameOf,
  scriptedChunks,
  scriptedResponder,
  type Script,
} from './scripted-answers.ts';

const streams = 100;

/**
 * Chunks per second of 100 concurrent answers, each read by its own client over HTTP from one
 * server, from the first question to the last end. Ours stores every chunk, and the questions and
 * answers, before any reader sees them. The reference sends the same chunks to the same clients
 * through the same Hono and Node adapter, each as soon as it is ready, as servers without a store
 * do, and stores nothing.
 */
export const durableChunks: Measure = {
  name: 'durable-chunks',
  async run(context) {
    const without: Script = { pieces: context.isQuick ? 200 : 1000 };
    const paced: Script = { pieces: context.isQuick ? 50 : 200, pauseMs: 20 };
    const rounds = context.isQuick ? 2 : 7;
    const http = await overHttp(context, without, rounds, ['script', 'batch']);
    const byTurns = await overHttp(
      context,
      { ...without, isByTurns: true },
      context.isQuick ? 2 : 5,
      ['script'],
    );
    const pacedHttp = await overHttp(context, paced, context.isQuick ? 1 : 3, ['script']);
    const queue = await inProcess(context, without, rounds);
    const name = `chunks of ${streams} answers at once`;
    return {
      rows: [
        row(`${name}, HTTP`, 'sent only', http.ours, http.references[0]!, 0.5),
        row(`${name}, HTTP`, 'sent only, in 16 KiB batches', http.ours, http.references[1]!),
        row(`${name}, HTTP, from sockets`, 'sent only', byTurns.ours, byTurns.references[0]!, 0.5),
        row(
          `${name}, HTTP, 50 a second each`,
          'sent only',
          pacedHttp.ours,
          pacedHttp.references[0]!,
        ),
        row(`${name}, in process`, 'iterated only', queue.ours, queue.references[0]!),
      ],
      notes: [
        ...http.notes,
        '“From sockets”: every chunk comes in a turn of the event loop of its own, without a pause.',
      ],
    };
  },
};

function row(
  measure: string,
  against: string,
  ours: readonly number[],
  reference: readonly number[],
  atLeast?: number,
): Row {
  return {
    ...{ measure, against, unit: 'a second' },
    ...{ ours: median(ours), reference: median(reference) },
    spread: ratioSpread(ours, reference),
    ...(atLeast !== undefined && { bar: { kind: 'atLeast', value: atLeast } }),
  };
}

interface Figures {
  readonly ours: number[];
  /** One list for each way of only sending. */
  readonly references: number[][];
  readonly notes: MeasureResult['notes'];
}

async function overHttp(
  context: BenchContext,
  script: Script,
  rounds: number,
  kinds: readonly string[],
): Promise<Figures> {
  await using folder = await createTemporaryFolder(context.folder);
  await using ours = await startServer(context, 'answer-server', [join(folder.path, 'data')]);
  await using plain = await startServer(context, 'plain-answer-server');
  const figures = { ours: [] as number[], references: kinds.map((): number[] => []) };
  const mainThreadUs: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const paths = await createThreadsOver(ours.port, round);
    const before = await ours.usage();
    const rate = await readAll(ours.port, paths, script);
    const { mainThreadSeconds } = await ours.usage();
    const references: number[] = [];
    for (const kind of kinds) {
      const path = `/${nameOf(script).replace('script/', `${kind}/`)}`;
      references.push(
        await readAll(
          plain.port,
          paths.map(() => path),
          script,
        ),
      );
    }
    context.progress(
      `round ${round} of ${rounds}: ${[rate, ...references].map(Math.round).join(', ')} a second`,
    );
    if (round === 0) continue; // warms up
    figures.ours.push(rate);
    references.forEach((reference, i) => figures.references[i]!.push(reference));
    const seconds = mainThreadSeconds - before.mainThreadSeconds;
    mainThreadUs.push((seconds * 1e6) / (streams * chunksOf(script)));
  }
  const cost = median(mainThreadUs).toFixed(1);
  return { ...figures, notes: [`A durable chunk takes ${cost} µs of the server's main thread.`] };
}

function chunksOf({ pieces }: Script): number {
  return pieces + framingChunks;
}

async function createThreadsOver(port: number, round: number): Promise<string[]> {
  const ids = Array.from({ length: streams }, (_, i) => `thread-${round}-${i}`);
  for (const id of ids) {
    await fetch(`http://127.0.0.1:${port}/v1/threads`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id, title: 'A conversation' }),
    }).then((answer) => answer.text());
  }
  return ids.map((id) => `/v1/threads/${id}/runs`);
}

/** Chunks per second, from the first question to the end of the last answer. */
async function readAll(port: number, paths: readonly string[], script: Script): Promise<number> {
  const body = { input: 'Hello.', model: nameOf(script) };
  const startMs = performance.now();
  const answers = await Promise.all(paths.map((path) => readAnswer({ port, path, body })));
  const seconds = (performance.now() - startMs) / 1000;
  for (const { events, status } of answers) {
    if (events !== chunksOf(script))
      throw new Error(`${events} chunks came, with status ${status}.`);
  }
  return (streams * chunksOf(script)) / seconds;
}

async function inProcess(context: BenchContext, script: Script, rounds: number): Promise<Figures> {
  await using folder = await createTemporaryFolder(context.folder);
  await using store = await createStore({ engine: lsm({ path: join(folder.path, 'data') }) });
  const project = store.project('default').as({ userId: 'u1' });
  const figures: Figures = { ours: [], references: [[]], notes: [] };
  for (let round = 0; round <= rounds; round++) {
    const threadIds = await createThreads(project, streams, `thread-${round}`);
    const rate = await rateOf(script, (i) => answerThrough(project, threadIds[i]!, script));
    const reference = await rateOf(script, () => countOf(scriptedChunks(script)));
    if (round === 0) continue; // warms up
    figures.ours.push(rate);
    figures.references[0]!.push(reference);
  }
  return figures;
}

async function rateOf(script: Script, answer: (i: number) => Promise<number>): Promise<number> {
  const startMs = performance.now();
  const counts = await Promise.all(Array.from({ length: streams }, (_, i) => answer(i)));
  const seconds = (performance.now() - startMs) / 1000;
  if (counts.some((count) => count !== chunksOf(script))) throw new Error('Chunks are missing.');
  return (streams * chunksOf(script)) / seconds;
}

async function answerThrough(project: ProjectApi, id: string, script: Script): Promise<number> {
  const responder = scriptedResponder(script);
  const { run, done } = await project.runs.start(id, { input: 'Hello.', responder });
  let count = 0;
  for await (const { chunks } of project.streams.readGroups(id, run.streamId)) {
    count += chunks.length;
  }
  await done;
  return count;
}

async function countOf(chunks: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _chunk of chunks) count++;
  return count;
}
