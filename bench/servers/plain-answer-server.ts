/**
 * A child process of the bench: the same answers without a store, through the same Hono and the
 * same Node adapter. `/script/…` writes every chunk as soon as it is ready, `/batch/…` as many at
 * once as are ready, and `/sdk/…` is the AI SDK's own response.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { createUIMessageStreamResponse, streamText, toUIMessageStream } from 'ai';
import { Hono } from 'hono';
import type { Chunk } from 'skein';
import {
  createScriptedModel,
  scriptedChunks,
  scriptOf,
  type Script,
} from '../answers/scripted-answers.ts';
import { runAsChild } from './run-as-child.ts';

const encoder = new TextEncoder();
const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };

function encode(chunk: Chunk, seq: number): string {
  return `id: ${seq}\ndata: ${JSON.stringify(chunk)}\n\n`;
}

function sendEach(chunks: AsyncGenerator<Chunk>): ReadableStream<Uint8Array> {
  let seq = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        const next = await chunks.next();
        if (next.done) controller.close();
        else controller.enqueue(encoder.encode(encode(next.value, ++seq)));
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * Sends the chunks of one turn of the event loop together, at most as many bytes as ours sends at
 * once.
 */
function sendBatches(chunks: AsyncGenerator<Chunk>): ReadableStream<Uint8Array> {
  let seq = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        let text = '';
        while (text.length < 16 * 1024) {
          const next = await chunks.next();
          if (next.done) {
            if (text !== '') controller.enqueue(encoder.encode(text));
            controller.close();
            return;
          }
          text += encode(next.value, ++seq);
        }
        controller.enqueue(encoder.encode(text));
      },
    },
    { highWaterMark: 0 },
  );
}

function withScript(answer: (script: Script) => Response): (name: string) => Response {
  return (name) => {
    const script = scriptOf(name);
    return script === undefined ? new Response(null, { status: 404 }) : answer(script);
  };
}

const answers: Readonly<Record<string, (name: string) => Response>> = {
  script: withScript((script) => new Response(sendEach(scriptedChunks(script)), { headers })),
  batch: withScript((script) => new Response(sendBatches(scriptedChunks(script)), { headers })),
  sdk: withScript((script) => {
    const { stream } = streamText({ model: createScriptedModel(script), prompt: 'Hello.' });
    return createUIMessageStreamResponse({ stream: toUIMessageStream({ stream }) });
  }),
};

const app = new Hono();
app.post('/:kind/:script', async (context) => {
  const { kind, script } = context.req.param();
  await context.req.json(); // the request carries the question here, too
  return answers[kind]?.(script) ?? context.notFound();
});
const listener = getRequestListener(app.fetch);
const server = createServer((request, response) => void listener(request, response));
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  runAsChild(port, async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
