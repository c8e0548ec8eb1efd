import type { ChunkGroup, StreamReadOptions } from '../api/stream.ts';
import { decodeChunk } from '../protocol/chunk-events.ts';
import { runEndpoints } from '../api/operations/runs.ts';
import type { PathParameters } from '../protocol/path.ts';
import { eventTail } from './event-tail.ts';
import type { Http } from './http.ts';

/**
 * `StreamsApi.readGroups` over HTTP: chunks that arrive together are one group. It reconnects by
 * itself after the last chunk that it yielded, so that each chunk arrives exactly once, and ends
 * with the stream.
 */
export async function* streamTail(
  http: Http,
  parameters: PathParameters<typeof runEndpoints.readStream>,
  { after, from, signal }: StreamReadOptions,
): AsyncGenerator<ChunkGroup, void, undefined> {
  let query: object = { after, from };
  const source = {
    endpoint: runEndpoints.readStream,
    parameters,
    signal,
    query: () => query,
    decode: decodeChunk,
  };
  for await (const events of eventTail(http, source)) {
    const chunks = events.filter((event) => event !== 'done');
    const last = chunks.at(-1);
    if (last !== undefined) {
      query = { after: last.seq };
      yield { seq: last.seq, chunks: chunks.map(({ chunk }) => chunk) };
    }
    if (events.includes('done')) return;
  }
}
