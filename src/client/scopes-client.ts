import type { Outcome, WriteOptions } from '../api/write-options.ts';
import type { ScopeInput, ScopesApi } from '../api/scope.ts';
import type { Thread } from '../api/thread.ts';
import { threadEndpoints, type ThreadNoun } from '../api/operations/threads.ts';
import type { Http } from './http.ts';
import { inParallel } from './in-parallel.ts';
import { nounCalls, outcomeOf, type NounCalls } from './noun-calls.ts';
import { optionsOfOne } from './threads-client.ts';

/** `ScopesApi` over HTTP. */
export class ScopesClient implements ScopesApi {
  readonly #call: NounCalls<ThreadNoun>;

  constructor(http: Http) {
    this.#call = nounCalls<ThreadNoun>(http, threadEndpoints);
  }

  getOrCreate(scopes: readonly ScopeInput[], options: WriteOptions = {}): Promise<Thread[]> {
    return inParallel(scopes, async (scope, i) => {
      const { data } = await this.getOrCreateWithOutcome(
        scope,
        optionsOfOne(options, i, scopes.length),
      );
      return data;
    });
  }

  getOrCreateWithOutcome(
    { scopeType, scopeId, ...body }: ScopeInput,
    options?: WriteOptions,
  ): Promise<Outcome<Thread>> {
    const parameters = { scopeType, scopeId };
    return outcomeOf(this.#call('getOrCreateScopeThread', { ...options, parameters, body }));
  }
}
