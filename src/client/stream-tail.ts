import type { ChunkGroup, StreamEvent, StreamReadOptions } from '../protocol/api-types.ts';
import { decodeChunk } from '../protocol/chunk-events.ts';
import { liveContentType } from '../protocol/live-events.ts';
import { ServerEventDecoder } from '../protocol/server-events.ts';
import { SkeinError } from '../shared/error.ts';
import { backoffMs, sleep } from './backoff.ts';
import type { Http } from './http.ts';
import { pathOf, segment } from './paths.ts';
import { errorOfResponse } from './problem-error.ts';

/**
 * `StreamsApi.readGroups` over HTTP: what arrives together is given together. It connects again by itself
 * after the last chunk that it gave out, so that each comes exactly once, and ends with the stream.
 */
export async function* streamTail(
  http: Http,
  threadId: string,
  streamId: string,
  options: StreamReadOptions,
): AsyncGenerator<ChunkGroup, void, undefined> {
  const { signal } = options;
  const path = `${pathOf(threadId)}/streams/${segment(streamId, 'streamId')}`;
  let query: StreamReadOptions = withoutSignal(options);
  for (let failures = 0; !signal?.aborted; failures++) {
    const abort = new AbortController();
    const close = (): void => abort.abort();
    signal?.addEventListener('abort', close, { once: true });
    try {
      for await (const events of connect(http, path, query, abort)) {
        failures = 0;
        const chunks = events.filter((event) => event !== 'done');
        const last = chunks.at(-1);
        if (last !== undefined) {
          query = { after: last.seq };
          yield { seq: last.seq, chunks: chunks.map(({ chunk }) => chunk) };
        }
        if (events.includes('done')) return;
      }
    } catch (error) {
      if (signal?.aborted) return;
      if (error instanceof SkeinError && !isTransient(error, failures)) throw error;
    } finally {
      signal?.removeEventListener('abort', close);
      close();
    }
    await sleep(backoffMs(failures + 1, firstRetryMs, retryMaxMs), signal);
  }
}

const firstRetryMs = 100;
const retryMaxMs = 5_000;
/** A fault of the server's is repeated this often in a row; that it cannot be reached, without end. */
const faultsMax = 5;

function withoutSignal({ after, from }: StreamReadOptions): StreamReadOptions {
  return { ...(after !== undefined && { after }), ...(from !== undefined && { from }) };
}

export function isTransient({ code }: SkeinError, failures: number): boolean {
  return (
    code === 'unavailable' ||
    code === 'rate_limited' ||
    (code === 'internal' && failures < faultsMax)
  );
}

/** One connection: what each piece of it brings. */
async function* connect(
  http: Http,
  path: string,
  query: StreamReadOptions,
  abort: AbortController,
): AsyncGenerator<readonly (StreamEvent | 'done')[], void, undefined> {
  const watch = new SilenceWatch(http.liveSilenceMs, abort);
  try {
    const headers = { accept: liveContentType };
    const response = await http.open({ method: 'GET', path, query, headers }, abort.signal);
    if (!response.ok || response.body === null) throw await errorOfResponse(response);
    const decoder = new ServerEventDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      watch.pause();
      const events = decoder.push(value).flatMap((event) => decodeChunk(event) ?? []);
      if (events.length > 0) yield events;
      watch.start();
    }
  } finally {
    watch.pause();
  }
}

/** Ends a connection that says nothing at all, not even that it lives. A slow consumer is not a silent server. */
export class SilenceWatch {
  readonly #silenceMs: number;
  readonly #abort: AbortController;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(silenceMs: number, abort: AbortController) {
    this.#silenceMs = silenceMs;
    this.#abort = abort;
    this.start();
  }

  start(): void {
    this.pause();
    this.#timer = setTimeout(() => this.#abort.abort(), this.#silenceMs);
  }

  pause(): void {
    clearTimeout(this.#timer);
  }
}
