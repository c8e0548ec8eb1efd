import type { ComparisonEvent, ComparisonReadOptions } from '../protocol/api-types.ts';
import { decodeComparisonEvent } from '../protocol/comparisons.ts';
import { liveContentType } from '../protocol/live-events.ts';
import { ServerEventDecoder } from '../protocol/server-events.ts';
import { SkeinError } from '../shared/error.ts';
import { backoffMs, sleep } from './backoff.ts';
import type { Http } from './http.ts';
import { errorOfResponse } from './problem-error.ts';
import { isTransient, SilenceWatch } from './stream-tail.ts';

/**
 * `ComparisonsApi.read` over HTTP. It connects again by itself after the last event that it gave out, so that
 * each comes exactly once, and ends with `done`.
 */
export async function* comparisonTail(
  http: Http,
  path: string,
  { after, signal }: ComparisonReadOptions,
): AsyncGenerator<ComparisonEvent, void, undefined> {
  let position = after;
  let hasBegun = false;
  for (let failures = 0; !signal?.aborted; failures++) {
    const abort = new AbortController();
    const close = (): void => abort.abort();
    signal?.addEventListener('abort', close, { once: true });
    try {
      for await (const event of connect(http, path, position, abort)) {
        failures = 0;
        position = event.id;
        // Every connection begins with the comparison; its reader knows it by then.
        if (event.type !== 'comparison' || !hasBegun) yield event;
        hasBegun = true;
        if (event.type === 'done') return;
      }
    } catch (error) {
      if (signal?.aborted) return;
      // What is no SkeinError is the connection's failure: it is made again.
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

/** The events of one connection. */
async function* connect(
  http: Http,
  path: string,
  after: string | undefined,
  abort: AbortController,
): AsyncGenerator<ComparisonEvent, void, undefined> {
  const watch = new SilenceWatch(http.liveSilenceMs, abort);
  try {
    const headers = { accept: liveContentType };
    const query = after === undefined ? {} : { after };
    const response = await http.open({ method: 'GET', path, query, headers }, abort.signal);
    if (!response.ok || response.body === null) throw await errorOfResponse(response);
    const decoder = new ServerEventDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      watch.pause();
      yield* decoder.push(value).flatMap((event) => decodeComparisonEvent(event) ?? []);
      watch.start();
    }
  } finally {
    watch.pause();
  }
}
