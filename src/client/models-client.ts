import type { ModelList, ModelsApi } from '../api/model.ts';
import type { Http } from './http.ts';

/** `ModelsApi` over HTTP. */
export class ModelsClient implements ModelsApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  async list(): Promise<ModelList> {
    const { body } = await this.#http.send<ModelList>({ method: 'GET', path: '/v1/models' });
    return body;
  }
}
