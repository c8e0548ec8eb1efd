import { liveContentType, LiveEventDecoder } from '../protocol/live-events.ts';
import { itemEndpoints, type ItemNoun } from '../api/operations/items.ts';
import { liveEndpoints } from '../api/operations/live.ts';
import { shareEndpoints } from '../api/operations/shares.ts';
import { SharedEventDecoder } from '../protocol/shared-events.ts';
import type { SharedEvent } from '../api/share.ts';
import { SkeinError } from '../shared/error.ts';
import type { LiveEvent, LiveOptions } from '../api/live.ts';
import { backoffMs, sleep } from '../shared/backoff.ts';
import { retryAfterMs } from './retry-after.ts';
import type { Http, HttpRequest } from './http.ts';
import { bodyOf, nounCalls } from './noun-calls.ts';
import { errorOfResponse } from './problem-error.ts';

const firstRetryMs = 250;
const retryMaxMs = 10_000;
/**
 * How many server errors in a row are retried. A server that cannot be reached is retried without
 * limit.
 */
const faultsMax = 5;
/** A connection that lasted this long was a good one, even if nothing happened in the thread. */
const goodConnectionMs = 10_000;

/**
 * `ThreadsApi.live` over HTTP. It reconnects by itself without limit and resumes after the last
 * event that it yielded, so that each event is seen exactly once. It ends when `signal` aborts, and
 * when the thread is deleted or access ends after the first connection; before that, it throws
 * these two.
 */
export async function* liveTail(
  http: Http,
  threadId: string,
  options: LiveOptions,
): AsyncGenerator<LiveEvent, void, undefined> {
  const { view, signal } = options;
  // Pin "from now on" to a cursor: the first connection may break before its first event.
  const after = options.after ?? (await currentCursor(http, threadId));
  const { followThread: endpoint } = liveEndpoints;
  const request = { endpoint, parameters: { threadId }, query: { view } };
  yield* follow(http, { request, createDecoder: () => new LiveEventDecoder() }, { after, signal });
}

/** `SharedApi.live` over HTTP, likewise. */
export function sharedTail(
  http: Http,
  token: string,
  { after, signal }: Pick<LiveOptions, 'after' | 'signal'>,
): AsyncGenerator<SharedEvent, void, undefined> {
  const { followShared: endpoint } = shareEndpoints;
  const request = { endpoint, parameters: { token }, query: {} };
  const source = { request, createDecoder: () => new SharedEventDecoder() };
  return follow(http, source, { after, signal });
}

/** A tail that can be reopened after an event. */
interface LiveSource<Event> {
  readonly request: Pick<HttpRequest, 'endpoint' | 'parameters' | 'query'>;
  readonly createDecoder: () => EventDecoder<Event>;
}

interface EventDecoder<Event> {
  readonly retryMs: number | undefined;
  push(chunk: Uint8Array): Event[];
}

async function* follow<Event extends { readonly cursor: string }>(
  http: Http,
  source: LiveSource<Event>,
  {
    after,
    signal,
  }: { readonly after: string | undefined; readonly signal: AbortSignal | undefined },
): AsyncGenerator<Event, void, undefined> {
  let cursor = after;
  const state: TailState = { failures: 0, hasConnected: false };
  while (!signal?.aborted) {
    const connection = new LiveConnection(http, source, { cursor, signal });
    try {
      for await (const event of connection.events()) {
        state.failures = 0;
        cursor = event.cursor;
        yield event;
      }
      state.hasConnected = true;
    } catch (error) {
      if (signal?.aborted) return;
      state.hasConnected ||= connection.isOpen;
      if (isEnd(error, state)) return;
      mustBeTransient(error, state);
    } finally {
      connection.close();
    }
    state.failures = connection.heldMs > goodConnectionMs ? 1 : state.failures + 1;
    const waitMs =
      connection.retryAfterMs ??
      backoffMs(state.failures, {
        firstMs: connection.retryMs ?? firstRetryMs,
        maxMs: retryMaxMs,
      });
    await sleep(waitMs, signal);
  }
}

interface TailState {
  failures: number;
  hasConnected: boolean;
}

async function currentCursor(http: Http, threadId: string): Promise<string> {
  const query = { order: 'desc', limit: 1 } as const;
  const call = nounCalls<ItemNoun>(http, itemEndpoints);
  const { cursor } = await bodyOf(call('listItems', { parameters: { threadId }, query }));
  return cursor;
}

function isEnd(error: unknown, { hasConnected }: TailState): boolean {
  if (!hasConnected || !(error instanceof SkeinError)) return false;
  return error.code === 'not_found' || error.code === 'forbidden';
}

/** Throws errors that a retry cannot fix. */
function mustBeTransient(error: unknown, { failures }: TailState): void {
  // `fetch` and its body reject with their own errors if the connection breaks.
  if (!(error instanceof SkeinError)) return;
  if (error.code === 'unavailable' || error.code === 'rate_limited') return;
  if (error.code === 'internal' && failures < faultsMax) return;
  throw error;
}

interface ConnectionOptions {
  readonly cursor: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** One connection of a live tail. `close` may be called at any time and ends it. */
class LiveConnection<Event> {
  isOpen = false;
  /** The pause that the server asked for in a rejection, in milliseconds. */
  retryAfterMs: number | undefined;
  readonly #http: Http;
  readonly #source: LiveSource<Event>;
  readonly #options: ConnectionOptions;
  readonly #decoder: EventDecoder<Event>;
  readonly #abort = new AbortController();
  readonly #startedMs = performance.now();
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  constructor(http: Http, source: LiveSource<Event>, options: ConnectionOptions) {
    this.#http = http;
    this.#source = source;
    this.#decoder = source.createDecoder();
    this.#options = options;
    options.signal?.addEventListener('abort', this.close);
  }

  get heldMs(): number {
    return this.isOpen ? performance.now() - this.#startedMs : 0;
  }

  /** The pause that the server asks for after the connection ends, in milliseconds. */
  get retryMs(): number | undefined {
    return this.#decoder.retryMs;
  }

  async *events(): AsyncGenerator<Event, void, undefined> {
    const reader = await this.#open();
    for (;;) {
      const { done, value } = await this.#withinSilence(reader.read());
      if (done) return;
      yield* this.#decoder.push(value);
    }
  }

  readonly close = (): void => {
    this.#options.signal?.removeEventListener('abort', this.close);
    this.#abort.abort();
    // Cancelling also reaches a stream that ignores the signal; a failed stream rejects, which no
    // longer matters.
    this.#reader?.cancel().catch(() => undefined);
  };

  async #open(): Promise<ReadableStreamDefaultReader<Uint8Array>> {
    const { cursor } = this.#options;
    const response = await this.#withinSilence(
      this.#http.open(
        {
          ...this.#source.request,
          headers: {
            accept: liveContentType,
            ...(cursor !== undefined && { 'last-event-id': cursor }),
          },
        },
        this.#abort.signal,
      ),
    );
    if (!response.ok || response.body === null) {
      this.retryAfterMs = retryAfterMs(response.headers.get('retry-after'));
      throw await errorOfResponse(response);
    }
    this.isOpen = true;
    this.#reader = response.body.getReader();
    return this.#reader;
  }

  /**
   * The clock runs only while we wait for the server: a slow consumer does not count as silence.
   */
  async #withinSilence<T>(waiting: Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new SkeinError('unavailable', 'The live tail fell silent.'));
        this.#abort.abort();
      }, this.#http.liveSilenceMs);
    });
    try {
      return await Promise.race([waiting, silence]);
    } finally {
      clearTimeout(timer);
    }
  }
}
