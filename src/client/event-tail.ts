import { liveContentType } from '../protocol/live-events.ts';
import type { Endpoint } from '../protocol/operation.ts';
import { ServerEventDecoder, type ServerEvent } from '../protocol/server-events.ts';
import { SkeinError } from '../shared/error.ts';
import { backoffMs, sleep, type Backoff } from '../shared/backoff.ts';
import type { Http } from './http.ts';
import { orAborted } from './or-aborted.ts';
import { errorOfResponse } from './problem-error.ts';

/** Events that are read over as many connections as it takes. */
export interface EventSource<Event> {
  readonly endpoint: Endpoint;
  readonly parameters: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
  /** Where the next connection begins: asked anew for each. */
  readonly query: () => object;
  /** `undefined` for what is to be passed over. */
  readonly decode: (event: ServerEvent) => Event | undefined;
}

/**
 * The events that arrive together, again and again. It connects anew by itself, for as long as it
 * takes, and ends only when `signal` aborts or its reader has enough. Throws what trying again
 * cannot cure.
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
      // What is no SkeinError is the connection's failure: it is made again.
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
 * A fault of the server's is repeated this often in a row; that it cannot be reached, without end.
 */
const faultsMax = 5;

function isTransient({ code }: SkeinError, failures: number): boolean {
  return (
    code === 'unavailable' ||
    code === 'rate_limited' ||
    (code === 'internal' && failures < faultsMax)
  );
}

/** One connection: what each piece of it brings. */
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
 * Ends a connection that says nothing at all, not even that it lives. A slow consumer is not a
 * silent server.
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
