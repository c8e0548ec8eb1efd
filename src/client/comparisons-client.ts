import type {
  Comparison,
  ComparisonEvent,
  ComparisonReadOptions,
  NewComparison,
  StartedComparison,
} from '../api/comparison.ts';
import type { ThreadWriteOptions } from '../api/write-options.ts';
import { comparisonEndpoints, type ComparisonNoun } from '../api/operations/comparisons.ts';
import { comparisonTail } from './comparison-tail.ts';
import type { Handwritten } from './handwritten-verbs.ts';
import type { Http } from './http.ts';
import { bodyOf, nounCalls, type NounCalls } from './noun-calls.ts';

/** Verbs of `ComparisonsApi` over HTTP. */
export class ComparisonsClient implements Handwritten<'comparisons'> {
  readonly #http: Http;
  readonly #call: NounCalls<ComparisonNoun>;

  constructor(http: Http) {
    this.#http = http;
    this.#call = nounCalls<ComparisonNoun>(http, comparisonEndpoints);
  }

  async create(
    threadId: string,
    input: NewComparison,
    options: ThreadWriteOptions = {},
  ): Promise<StartedComparison> {
    const { status, body } = await this.#call('createComparison', {
      ...options,
      parameters: { threadId },
      body: input,
      headers: { prefer: 'respond-async' },
    });
    const { comparison, items } = body;
    const done = this.#whenDone(threadId, comparison);
    // Avoid an unhandled rejection when the caller ignores `done`.
    done.catch(() => undefined);
    return { comparison, items, replayed: status === 200, done };
  }

  /** Reconnects by itself and continues after the last event that it yielded. */
  read(
    threadId: string,
    comparisonId: string,
    options: ComparisonReadOptions = {},
  ): AsyncGenerator<ComparisonEvent, void, undefined> {
    return comparisonTail(this.#http, { threadId, comparisonId }, options);
  }

  async #whenDone(threadId: string, comparison: Comparison): Promise<Comparison> {
    if (comparison.status !== 'running') return comparison;
    for await (const event of this.read(threadId, comparison.id)) {
      if (event.type === 'done') return event.comparison;
    }
    const parameters = { threadId, comparisonId: comparison.id };
    return bodyOf(this.#call('getComparison', { parameters }));
  }
}
