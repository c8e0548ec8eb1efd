import type { RunListOptions } from '../../api/run.ts';
import type { StreamReadOptions } from '../../api/stream.ts';
import {
  chunkStreamEnd,
  chunkStreamHeaders,
  encodeChunks,
  encodeRunStart,
} from '../../protocol/chunk-events.ts';
import { liveContentType } from '../../protocol/live-events.ts';
import {
  runBodySchema,
  runListQuery,
  streamQuery,
  type RunBody,
  type StreamQuery,
} from '../../protocol/runs.ts';
import { eventHeaders } from '../live/event-headers.ts';
import { empty, events, json, type AnswerHeaders, type EventsAnswer } from '../answer.ts';
import { defineRoute, type AnswerDescription, type Call, type Route } from '../route.ts';

const runAnswer: AnswerDescription = { description: 'The run.', schema: 'Run' };

const startRun = defineRoute<RunBody>({
  method: 'POST',
  path: '/v1/threads/{threadId}/runs',
  name: 'startRun',
  group: 'Runs',
  summary: 'Ask a model or an agent',
  description:
    'Stores the input and starts a run that answers it. The answer streams as server-sent events whose data are ' +
    "chunks of the AI SDK's UI message stream, after a first event `run` with the run and the input as stored. With " +
    '`Prefer: respond-async` it answers at once with 202. A client that goes away does not stop the run: read its ' +
    'stream again, or stop it.',
  access: 'caller',
  body: {
    schema: runBodySchema,
    name: 'StartRun',
    example: { input: 'What is a thread?', model: 'demo/echo' },
  },
  takesIdempotencyKey: true,
  answers: {
    200: {
      description:
        'The chunks of the answer. As JSON, where asked so, the run that a retry had started.',
      contentType: liveContentType,
    },
    202: { description: 'The run, which goes on.', schema: 'RunStart' },
  },
  async action(call) {
    const threadId = call.param('threadId');
    const started = await call.project.runs.start(threadId, call.body, call.writeOptions());
    const { run, items, replayed } = started;
    const headers = {
      location: `${call.server.basePath}/v1/threads/${threadId}/runs/${run.id}`,
      'x-skein-run-id': run.id,
      'x-skein-stream-id': run.streamId,
    };
    if (prefersAsync(call)) {
      return json(
        replayed ? 200 : 202,
        { run, items },
        {
          ...headers,
          'preference-applied': 'respond-async',
        },
      );
    }
    return streamChunks(call, run.streamId, {}, headers, encodeRunStart({ run, items }));
  },
});

/** RFC 7240: preferences are separated by commas, and none of them ever makes a request wrong. */
function prefersAsync({ headers }: Call<unknown>): boolean {
  const preferences = (headers.get('prefer') ?? '').split(',');
  return preferences.some((text) => text.trim().toLowerCase() === 'respond-async');
}

function streamChunks(
  call: Call<unknown>,
  streamId: string,
  options: StreamReadOptions,
  headers: AnswerHeaders,
  opening: string,
): EventsAnswer {
  const threadId = call.param('threadId');
  return events(
    (signal) => textOfStream(call, threadId, streamId, { ...options, signal }, opening),
    (text) => text,
    { ...eventHeaders, ...chunkStreamHeaders, ...headers },
  );
}

/** The end is told only when the stream has ended, so that a client that is cut off knows to come again. */
async function* textOfStream(
  call: Call<unknown>,
  threadId: string,
  streamId: string,
  options: StreamReadOptions,
  opening: string,
): AsyncGenerator<string, void, undefined> {
  if (opening !== '') yield opening;
  for await (const { seq, chunks } of call.project.streams.readGroups(
    threadId,
    streamId,
    options,
  )) {
    yield encodeChunks(seq, chunks);
  }
  if (options.signal?.aborted) return;
  const { status } = await call.project.streams.get(threadId, streamId);
  if (status !== 'active') yield chunkStreamEnd;
}

const listRuns = defineRoute<undefined, RunListOptions>({
  method: 'GET',
  path: '/v1/threads/{threadId}/runs',
  name: 'listRuns',
  group: 'Runs',
  summary: 'List runs',
  description: 'In the order in which they were started.',
  access: 'caller',
  query: runListQuery,
  answers: { 200: { description: 'A page of runs.', schema: 'RunPage' } },
  action: async (call) =>
    json(200, await call.project.runs.list(call.param('threadId'), call.query)),
});

const getRun = defineRoute({
  method: 'GET',
  path: '/v1/threads/{threadId}/runs/{runId}',
  name: 'getRun',
  group: 'Runs',
  summary: 'Read a run',
  access: 'caller',
  answers: { 200: runAnswer },
  action: async (call) =>
    json(200, await call.project.runs.get(call.param('threadId'), call.param('runId'))),
});

const stopRun = defineRoute({
  method: 'POST',
  path: '/v1/threads/{threadId}/runs/{runId}/stop',
  name: 'stopRun',
  group: 'Runs',
  summary: 'Stop a run',
  description:
    'Wherever it runs. What its readers have seen is kept as the partial answer. A run that has ended stays as it ended.',
  access: 'caller',
  answers: { 200: { ...runAnswer, description: 'The run as it ended.' } },
  action: async (call) =>
    json(200, await call.project.runs.stop(call.param('threadId'), call.param('runId'))),
});

const readStream = defineRoute<undefined, StreamQuery>({
  method: 'GET',
  path: '/v1/threads/{threadId}/streams/{streamId}',
  name: 'readStream',
  group: 'Runs',
  summary: 'Read the stream of an answer',
  description:
    'Replays the chunks of an answer and follows it to its end, which `data: [DONE]` tells. Each `id` is the number ' +
    'of a chunk: come again with it as `after`, or as `Last-Event-ID`, and no chunk is lost or comes twice. The ' +
    'chunks are gone ten minutes after the end; the answer is then among the items.',
  access: 'caller',
  query: streamQuery,
  answers: {
    200: {
      description:
        'The chunks; where the request accepts only JSON, what there is to say of the stream.',
      contentType: liveContentType,
    },
  },
  async action(call) {
    const [threadId, streamId] = [call.param('threadId'), call.param('streamId')];
    if (call.headers.get('accept') === 'application/json') {
      return json(200, await call.project.streams.get(threadId, streamId));
    }
    if (call.method === 'HEAD') {
      await call.project.streams.get(threadId, streamId);
      return empty(200, { ...eventHeaders, 'content-type': liveContentType });
    }
    // As in a live tail: what a browser has seen since it began wins.
    const seen = Number(call.headers.get('last-event-id') ?? Number.NaN);
    const query = Number.isSafeInteger(seen) && seen > 0 ? { after: seen } : call.query;
    return streamChunks(call, streamId, query, {}, '');
  },
});

export const runRoutes: readonly Route[] = [startRun, listRuns, getRun, stopRun, readStream];
