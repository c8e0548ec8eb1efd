import { join } from 'node:path';
import { startServer } from '../child-server.ts';
import { createTemporaryFolder } from '../cleanup.ts';
import type { Measure } from '../measure.ts';
import { median, ratioSpread } from '../statistics.ts';
import { readAnswer } from './read-answer.ts';
import { nameOf } from './scripted-answers.ts';

/**
 * A client that returns in the middle of a long answer: from its request to the first byte of the
 * next chunk, over HTTP, from a restarted server that has nothing of it in memory. The reference is
 * an answer of 100 chunks in the same store.
 */
export const streamResume: Measure = {
  name: 'stream-resume',
  async run(context) {
    await using folder = await createTemporaryFolder(context.folder);
    const path = join(folder.path, 'data');
    const long = 10_000;
    const short = 100;
    context.progress('making the answers');
    const streams = await makeStreams(context, path, [long, short]);
    await using server = await startServer(context, 'answer-server', [path]);
    const resume = async (stream: Stream): Promise<number> => {
      const after = stream.chunks / 2;
      const { firstEventMs } = await readAnswer({
        ...{ port: server.port, path: `${stream.path}?after=${after}`, isFirstOnly: true },
      });
      return firstEventMs;
    };
    const [ours, reference]: [number[], number[]] = [[], []];
    const turns = context.isQuick ? 20 : 200;
    for (let turn = -turnsToWarmUp; turn < turns; turn++) {
      const [a, b] = [await resume(streams[0]!), await resume(streams[1]!)]; // as many as requested
      if (turn < 0) continue;
      ours.push(a);
      reference.push(b);
    }
    return {
      rows: [
        {
          measure: `resume of ${long.toLocaleString('en')} chunks from the middle, first byte`,
          ...{ unit: 'ms', ours: median(ours), reference: median(reference) },
          against: `of ${short}`,
          spread: ratioSpread(ours, reference),
          bar: { kind: 'below', value: 20 },
        },
      ],
      notes: [`The slowest of ${turns} resumes took ${Math.max(...ours).toFixed(1)} ms.`],
    };
  },
};

const turnsToWarmUp = 5;

interface Stream {
  readonly path: string;
  readonly chunks: number;
}

/** Answers with pauses as from a model, so that they are stored in as many groups as real ones. */
async function makeStreams(
  context: Parameters<Measure['run']>[0],
  path: string,
  sizes: readonly number[],
): Promise<Stream[]> {
  await using server = await startServer(context, 'answer-server', [path]);
  return await Promise.all(sizes.map((chunks) => makeStream(server.port, chunks)));
}

async function makeStream(port: number, chunks: number): Promise<Stream> {
  const id = `thread-${chunks}`;
  await fetch(`http://127.0.0.1:${port}/v1/threads`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id, title: 'A conversation' }),
  }).then((answer) => answer.text());
  const model = nameOf({ pieces: chunks, pauseMs: 1 });
  const body = { input: 'Hello.', model };
  const { headers } = await readAnswer({ port, path: `/v1/threads/${id}/runs`, body });
  const streamId = headers['x-skein-stream-id'];
  if (typeof streamId !== 'string') throw new TypeError('The server told of no stream.');
  return { path: `/v1/threads/${id}/streams/${streamId}`, chunks };
}
