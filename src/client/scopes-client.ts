import type { Outcome, WriteOptions } from '../api/write-options.ts';
import type { ScopeInput, ScopesApi } from '../api/scope.ts';
import type { Thread } from '../api/thread.ts';
import type { Http } from './http.ts';
import { inParallel } from './in-parallel.ts';
import { optionsOfOne } from './threads-client.ts';
import { segment } from './paths.ts';

/** `ScopesApi` over HTTP. */
export class ScopesClient implements ScopesApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  async getOrCreate(scopes: readonly ScopeInput[], options: WriteOptions = {}): Promise<Thread[]> {
    return inParallel(scopes, async (scope, i) => {
      const { data } = await this.getOrCreateWithOutcome(
        scope,
        optionsOfOne(options, i, scopes.length),
      );
      return data;
    });
  }

  async getOrCreateWithOutcome(
    scope: ScopeInput,
    options: WriteOptions = {},
  ): Promise<Outcome<Thread>> {
    const { scopeType, scopeId, ...body } = scope;
    const path = `/v1/scopes/${segment(scopeType, 'scopeType')}/${segment(scopeId, 'scopeId')}/thread`;
    const answer = await this.#http.send<Thread>({ ...options, method: 'PUT', path, body });
    return { data: answer.body, replayed: answer.status === 200 };
  }
}
