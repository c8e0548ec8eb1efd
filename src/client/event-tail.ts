import { liveContentType } from '../protocol/live-events.ts';
import type { Endpoint } from '../api/operation.ts';
import { ServerEventDecoder, type ServerEvent } from '../protocol/server-events.ts';
import { SkeinError } from '../shared/error.ts';
import { backoffMs, sleep, type Backoff } from '../shared/backoff.ts';
import { orAborted, type Http } from './http.ts';
import { errorOfResponse } from './problem-error.ts';

/** Events that are read over as many connections as needed. */
interface EventSource<Event> {
  readonly endpoint: Endpoint;
  readonly parameters: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
  /** The query of the next connection, called for each: it says where to continue. */
  readonly query: () => object;
  /** `undefined` for an event to skip. */
  readonly decode: (event: ServerEvent) => Event | undefined;
}

/**
 * Yields the events that arrive together. It reconnects by itself without limit, and ends only when
 * `signal` aborts or its reader stops. Throws errors that a retry cannot fix.
 */
export async function* eventTail<Event>(
  http: Http,
  source: EventSource<Event>,
): AsyncGenerator<readonly Event[], void, undefined> {
  const { signal } = source;
  for (let failures = 0; !signal?.aborted; failures++) {
    const abort = new AbortController();
    const close = (): void => abort.abort();
    signal?.addEventListener('abort', close, { once: true });
    try {
      for await (const events of connect(http, source, abort)) {
        failures = 0;
        yield events;
      }
    } catch (error) {
      if (signal?.aborted) return;
      // Any other error is a failed connection, which is retried.
      if (error instanceof SkeinError && !isTransient(error, failures)) throw error;
    } finally {
      signal?.removeEventListener('abort', close);
      close();
    }
    await sleep(backoffMs(failures + 1, reconnection), signal);
  }
}

const reconnection: Backoff = { firstMs: 100, maxMs: 5_000 };
/**
 * How many server errors in a row are retried. A server that cannot be reached is retried without
 * limit.
 */
const faultsMax = 5;

function isTransient({ code }: SkeinError, failures: number): boolean {
  return (
    code === 'unavailable' ||
    code === 'rate_limited' ||
    (code === 'internal' && failures < faultsMax)
  );
}

/** One connection: yields the events of each piece that arrives. */
async function* connect<Event>(
  http: Http,
  { endpoint, parameters, query, decode }: EventSource<Event>,
  abort: AbortController,
): AsyncGenerator<readonly Event[], void, undefined> {
  const watch = new SilenceWatch(http.liveSilenceMs, abort);
  try {
    const request = { endpoint, parameters, query: query(), headers };
    const response = await http.open(request, abort.signal);
    if (!response.ok || response.body === null) throw await errorOfResponse(response);
    const decoder = new ServerEventDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await orAborted(reader.read(), abort.signal);
      if (done) return;
      watch.pause();
      const events = decoder.push(value).flatMap((event) => decode(event) ?? []);
      if (events.length > 0) yield events;
      watch.start();
    }
  } finally {
    watch.pause();
  }
}

const headers = { accept: liveContentType };

/**
 * Ends a connection on which nothing arrives, not even a sign of life. A slow consumer does not
 * count as silence.
 */
class SilenceWatch {
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
