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
import type { ComparisonStart } from '../protocol/operations/comparisons.ts';
import { comparisonTail } from './comparison-tail.ts';
import type { Http } from './http.ts';
import { pathOf, segment } from './paths.ts';

/** `ComparisonsApi` over HTTP. */
export class ComparisonsClient implements ComparisonsApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  async create(
    threadId: string,
    input: NewComparison,
    options: WriteOptions = {},
  ): Promise<StartedComparison> {
    const { status, body } = await this.#http.send<ComparisonStart>({
      ...options,
      method: 'POST',
      path: `${pathOf(threadId)}/comparisons`,
      body: input,
      headers: { prefer: 'respond-async' },
    });
    const { comparison, items } = body;
    const done = this.#whenDone(threadId, comparison);
    // Whoever does not wait for the end is not to be troubled by what hinders it.
    done.catch(() => undefined);
    return { comparison, items, replayed: status === 200, done };
  }

  async get(threadId: string, comparisonId: string): Promise<Comparison> {
    return this.#get<Comparison>(comparisonPath(threadId, comparisonId));
  }

  async list(threadId: string, options: PageOptions = {}): Promise<Page<Comparison>> {
    return this.#get<Page<Comparison>>(`${pathOf(threadId)}/comparisons`, options);
  }

  /** Connects again by itself, and goes on after the last event that it gave out. */
  read(
    threadId: string,
    comparisonId: string,
    options: ComparisonReadOptions = {},
  ): AsyncGenerator<ComparisonEvent, void, undefined> {
    const path = `${comparisonPath(threadId, comparisonId)}/stream`;
    return comparisonTail(this.#http, path, options);
  }

  async vote(
    threadId: string,
    comparisonId: string,
    { choice }: Vote,
    options: WriteOptions = {},
  ): Promise<Comparison> {
    const path = `${comparisonPath(threadId, comparisonId)}/vote`;
    const { body } = await this.#http.send<Comparison>({
      ...options,
      method: 'POST',
      path,
      body: { choice },
    });
    return body;
  }

  async leaderboard(): Promise<Leaderboard> {
    return this.#get<Leaderboard>('/v1/leaderboard');
  }

  async turns(threadId: string, options: PageOptions = {}): Promise<Page<Turn>> {
    return this.#get<Page<Turn>>(`${pathOf(threadId)}/turns`, options);
  }

  async #get<T>(path: string, query?: object): Promise<T> {
    const { body } = await this.#http.send<T>({ method: 'GET', path, ...(query && { query }) });
    return body;
  }

  async #whenDone(threadId: string, comparison: Comparison): Promise<Comparison> {
    if (comparison.status !== 'running') return comparison;
    for await (const event of this.read(threadId, comparison.id)) {
      if (event.type === 'done') return event.comparison;
    }
    return this.get(threadId, comparison.id);
  }
}

function comparisonPath(threadId: string, comparisonId: string): string {
  return `${pathOf(threadId)}/comparisons/${segment(comparisonId, 'comparisonId')}`;
}
