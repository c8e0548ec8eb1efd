import type {
  Comparison,
  ComparisonEvent,
  ComparisonReadOptions,
  ComparisonsApi,
  Leaderboard,
  NewComparison,
  StartedComparison,
  Turn,
  Vote,
} from '../api/comparison.ts';
import type { Page, PageOptions } from '../api/page.ts';
import type { WriteOptions } from '../api/write-options.ts';
import { comparisonEndpoints, type ComparisonNoun } from '../api/operations/comparisons.ts';
import { comparisonTail } from './comparison-tail.ts';
import type { Http } from './http.ts';
import { bodyOf, nounCalls, type NounCalls } from './noun-calls.ts';

/** `ComparisonsApi` over HTTP. */
export class ComparisonsClient implements ComparisonsApi {
  readonly #http: Http;
  readonly #call: NounCalls<ComparisonNoun>;

  constructor(http: Http) {
    this.#http = http;
    this.#call = nounCalls<ComparisonNoun>(http, comparisonEndpoints);
  }

  async create(
    threadId: string,
    input: NewComparison,
    options: WriteOptions = {},
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

  get(threadId: string, comparisonId: string): Promise<Comparison> {
    return bodyOf(this.#call('getComparison', { parameters: { threadId, comparisonId } }));
  }

  list(threadId: string, options: PageOptions = {}): Promise<Page<Comparison>> {
    return bodyOf(this.#call('listComparisons', { parameters: { threadId }, query: options }));
  }

  /** Reconnects by itself and continues after the last event that it yielded. */
  read(
    threadId: string,
    comparisonId: string,
    options: ComparisonReadOptions = {},
  ): AsyncGenerator<ComparisonEvent, void, undefined> {
    return comparisonTail(this.#http, { threadId, comparisonId }, options);
  }

  vote(
    threadId: string,
    comparisonId: string,
    { choice }: Vote,
    options?: WriteOptions,
  ): Promise<Comparison> {
    const parameters = { threadId, comparisonId };
    return bodyOf(this.#call('vote', { ...options, parameters, body: { choice } }));
  }

  leaderboard(): Promise<Leaderboard> {
    return bodyOf(this.#call('getLeaderboard', {}));
  }

  turns(threadId: string, options: PageOptions = {}): Promise<Page<Turn>> {
    return bodyOf(this.#call('listTurns', { parameters: { threadId }, query: options }));
  }

  async #whenDone(threadId: string, comparison: Comparison): Promise<Comparison> {
    if (comparison.status !== 'running') return comparison;
    for await (const event of this.read(threadId, comparison.id)) {
      if (event.type === 'done') return event.comparison;
    }
    return this.get(threadId, comparison.id);
  }
}
