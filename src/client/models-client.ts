import type { ModelList, ModelsApi } from '../api/model.ts';
import { modelEndpoints, type ModelNoun } from '../api/operations/models.ts';
import type { Http } from './http.ts';
import { bodyOf, nounCalls, type NounCalls } from './noun-calls.ts';

/** `ModelsApi` over HTTP. */
export class ModelsClient implements ModelsApi {
  readonly #call: NounCalls<ModelNoun>;

  constructor(http: Http) {
    this.#call = nounCalls<ModelNoun>(http, modelEndpoints);
  }

  list(): Promise<ModelList> {
    return bodyOf(this.#call('listModels', {}));
  }
}
