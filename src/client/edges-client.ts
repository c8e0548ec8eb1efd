import type { Edge, EdgeListOptions, EdgesApi, NewEdge } from '../api/edge.ts';
import type { Outcome, WriteOptions } from '../api/write-options.ts';
import type { Page } from '../api/page.ts';
import type { Http } from './http.ts';
import { pathOf } from './paths.ts';

/** `EdgesApi` over HTTP. */
export class EdgesClient implements EdgesApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
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
    const path = `${pathOf(threadId)}/edges`;
    const { status, body } = await this.#http.send<{ data: Edge[] }>({
      ...options,
      method: 'POST',
      path,
      body: { edges },
    });
    return { data: body.data, replayed: status === 200 };
  }

  async list(threadId: string, options: EdgeListOptions = {}): Promise<Page<Edge>> {
    const path = `${pathOf(threadId)}/edges`;
    const { body } = await this.#http.send<Page<Edge>>({ method: 'GET', path, query: options });
    return body;
  }
}
