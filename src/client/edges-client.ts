import type { Edge, EdgeListOptions, EdgesApi, NewEdge } from '../api/edge.ts';
import type { Outcome, WriteOptions } from '../api/write-options.ts';
import type { Page } from '../api/page.ts';
import { edgeEndpoints, type EdgeNoun } from '../api/operations/edges.ts';
import type { Http } from './http.ts';
import { bodyOf, listOutcomeOf, nounCalls, type NounCalls } from './noun-calls.ts';

/** `EdgesApi` over HTTP. */
export class EdgesClient implements EdgesApi {
  readonly #call: NounCalls<EdgeNoun>;

  constructor(http: Http) {
    this.#call = nounCalls<EdgeNoun>(http, edgeEndpoints);
  }

  async create(
    threadId: string,
    edges: readonly NewEdge[],
    options: WriteOptions = {},
  ): Promise<Edge[]> {
    const { data } = await this.createWithOutcome(threadId, edges, options);
    return data;
  }

  async createWithOutcome(
    threadId: string,
    edges: readonly NewEdge[],
    options: WriteOptions = {},
  ): Promise<Outcome<Edge[]>> {
    if (edges.length === 0) return { data: [], replayed: false };
    return listOutcomeOf(
      this.#call('createEdges', { ...options, parameters: { threadId }, body: { edges } }),
    );
  }

  list(threadId: string, options: EdgeListOptions = {}): Promise<Page<Edge>> {
    return bodyOf(this.#call('listEdges', { parameters: { threadId }, query: options }));
  }
}
