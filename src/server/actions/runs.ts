import type { ChunkGroup, StreamReadOptions, StreamsApi } from '../../api/stream.ts';
import {
  chunkStreamEnd,
  chunkStreamHeaders,
  encodeChunks,
  encodeRunStart,
} from '../../protocol/chunk-events.ts';
import { runEndpoints, type RunNoun } from '../../api/operations/runs.ts';
import { pathTo } from '../../protocol/path.ts';
import { encodeOnce } from '../../shared/encode-once.ts';
import {
  events,
  eventsHead,
  json,
  type EventsResponse,
  type ResponseHeaders,
} from '../plain-response.ts';
import type { Actions } from '../call.ts';
import { asyncApplied, prefersAsync } from '../request/headers.ts';

export const runActions: Actions<RunNoun> = {
  async startRun(call) {
    const threadId = call.param('threadId');
    const { runs, streams } = call.project;
    const options = { ...call.writeOptions(), ...call.versionOptions() };
    const { run, items, replayed } = await runs.start(threadId, call.body, options);
    const headers = {
      location: call.server.basePath + pathTo(runEndpoints.getRun, { threadId, runId: run.id }),
      'x-skein-run-id': run.id,
      'x-skein-stream-id': run.streamId,
    };
    if (prefersAsync(call.headers)) {
      return json(replayed ? 200 : 202, { run, items }, { ...headers, ...asyncApplied });
    }
    const ids = { threadId, streamId: run.streamId };
    const opening = { headers, text: encodeRunStart({ run, items }) };
    return streamChunks(streams, ids, {}, opening);
  },

  async readStream(call) {
    const ids = { threadId: call.param('threadId'), streamId: call.param('streamId') };
    const { streams } = call.project;
    if (call.headers.get('accept') === 'application/json') {
      return json(200, await streams.get(ids.threadId, ids.streamId));
    }
    if (call.method === 'HEAD') {
      await streams.get(ids.threadId, ids.streamId);
      return eventsHead();
    }
    // As in a live tail, `Last-Event-ID` wins: the browser has seen more since its first address.
    const seen = Number(call.headers.get('last-event-id') ?? Number.NaN);
    const query = Number.isSafeInteger(seen) && seen > 0 ? { after: seen } : call.query;
    return streamChunks(streams, ids, query);
  },
};

interface StreamIds {
  readonly threadId: string;
  readonly streamId: string;
}

/** What an answer says before the chunks. */
interface Opening {
  readonly headers: ResponseHeaders;
  readonly text: string;
}

function streamChunks(
  streams: StreamsApi,
  ids: StreamIds,
  options: StreamReadOptions,
  { headers, text }: Opening = { headers: {}, text: '' },
): EventsResponse {
  return events(
    (signal) => followStream(streams, ids, { ...options, signal }, text),
    (event) => (typeof event === 'string' ? event : bytesOfGroup(event)),
    { ...chunkStreamHeaders, ...headers },
  );
}

/** Only a stream that has ended gets its end mark; a client that was cut off reconnects. */
async function* followStream(
  streams: StreamsApi,
  { threadId, streamId }: StreamIds,
  options: StreamReadOptions,
  opening: string,
): AsyncGenerator<string | ChunkGroup, void, undefined> {
  if (opening !== '') yield opening;
  yield* streams.readGroups(threadId, streamId, options);
  if (options.signal?.aborted) return;
  const { status } = await streams.get(threadId, streamId);
  if (status !== 'active') yield chunkStreamEnd;
}

/** Readers that keep up get the same chunks, and one who begins in the middle of a group fewer. */
const bytesOfGroup = encodeOnce<ChunkGroup>(
  ({ seq, chunks }) => encodeChunks(seq, chunks),
  ({ seq, chunks }) => [chunks, String(seq)],
);
