import type {
  ChunkGroup,
  StreamEvent,
  StreamInfo,
  StreamReadOptions,
  StreamsApi,
} from '../api/stream.ts';
import type { Page } from '../api/page.ts';
import type { Run } from '../api/run.ts';
import type { Http } from './http.ts';
import { pathOf, segment } from './paths.ts';
import { streamTail } from './stream-tail.ts';

/** `StreamsApi` over HTTP. */
export class StreamsClient implements StreamsApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  async get(threadId: string, streamId: string): Promise<StreamInfo> {
    const path = `${pathOf(threadId)}/streams/${segment(streamId, 'streamId')}`;
    // Asked for JSON, which `send` does, the server tells of the stream instead of sending it.
    const { body } = await this.#http.send<StreamInfo>({ method: 'GET', path });
    return body;
  }

  async active(threadId: string): Promise<StreamInfo | undefined> {
    const path = `${pathOf(threadId)}/runs`;
    const query = { status: 'running', limit: 100 };
    const { body } = await this.#http.send<Page<Run>>({ method: 'GET', path, query });
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

  /** Connects again by itself, for as long as it takes, and goes on after the last chunk that it gave out. */
  readGroups(
    threadId: string,
    streamId: string,
    options: StreamReadOptions = {},
  ): AsyncGenerator<ChunkGroup, void, undefined> {
    return streamTail(this.#http, threadId, streamId, options);
  }
}
