import type {
  ChunkGroup,
  StreamEvent,
  StreamInfo,
  StreamReadOptions,
  StreamsApi,
} from '../api/stream.ts';
import { runEndpoints, type RunNoun } from '../api/operations/runs.ts';
import type { Http } from './http.ts';
import { bodyOf, nounCalls, type NounCalls } from './noun-calls.ts';
import { streamTail } from './stream-tail.ts';

/** `StreamsApi` over HTTP. */
export class StreamsClient implements StreamsApi {
  readonly #http: Http;
  readonly #call: NounCalls<RunNoun>;

  constructor(http: Http) {
    this.#http = http;
    this.#call = nounCalls<RunNoun>(http, runEndpoints);
  }

  get(threadId: string, streamId: string): Promise<StreamInfo> {
    // `send` asks for JSON, to which the server responds with a description of the stream.
    const request = {
      endpoint: runEndpoints.readStream,
      parameters: { threadId, streamId },
    };
    return bodyOf(this.#http.send<StreamInfo>(request));
  }

  async active(threadId: string): Promise<StreamInfo | undefined> {
    const { body } = await this.#call('listRuns', {
      parameters: { threadId },
      query: { status: 'running', limit: 100 },
    });
    const streams = await Promise.all(
      body.data.map(({ streamId }) => this.get(threadId, streamId)),
    );
    return streams.findLast(({ status }) => status === 'active');
  }

  async *read(
    threadId: string,
    streamId: string,
    options: StreamReadOptions = {},
  ): AsyncGenerator<StreamEvent, void, undefined> {
    for await (const { seq, chunks } of this.readGroups(threadId, streamId, options)) {
      const first = seq - chunks.length + 1;
      for (const [i, chunk] of chunks.entries()) yield { seq: first + i, chunk };
    }
  }

  /** Reconnects by itself, without limit, after the last chunk that it yielded. */
  readGroups(
    threadId: string,
    streamId: string,
    options: StreamReadOptions = {},
  ): AsyncGenerator<ChunkGroup, void, undefined> {
    return streamTail(this.#http, { threadId, streamId }, options);
  }
}
