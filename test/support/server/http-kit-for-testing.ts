import { expect } from 'vitest';
import type { Engine } from '../../../src/engine/engine.ts';
import type { Item } from '../../../src/api/item.ts';
import type { Thread } from '../../../src/api/thread.ts';
import type { Problem } from '../../../src/protocol/problem.ts';
import { createStore, type StoreOptions } from '../../../src/store/index.ts';
import type { Store } from '../../../src/store/store.ts';
import { createHandler, type HandlerOptions } from '../../../src/server/create-handler.ts';

export interface RequestForTesting {
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is; needs a Content-Type. */
  readonly body?: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
  /** The caller, as X-User-Id. */
  readonly user?: string;
}

/** A response, read completely. */
export interface AnswerForTesting<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; throws if it is not JSON. */
  readonly json: T;
}

/** A store on an empty engine and its handler, called with requests as a framework would. */
export class HttpKitForTesting implements AsyncDisposable {
  readonly store: Store;
  readonly handler: (request: Request) => Promise<Response>;

  private constructor(store: Store, options: HandlerOptions) {
    this.store = store;
    this.handler = createHandler(store, options);
  }

  static async open(
    engine: Engine,
    options: HandlerOptions = {},
    storeOptions: Omit<StoreOptions, 'engine'> = {},
  ): Promise<HttpKitForTesting> {
    return new HttpKitForTesting(await createStore({ ...storeOptions, engine }), options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close();
  }

  send(method: string, path: string, request: RequestForTesting = {}): Promise<Response> {
    const { json, body, user } = request;
    const headers = new Headers(request.headers);
    if (user !== undefined) headers.set('x-user-id', user);
    if (json !== undefined && !headers.has('content-type'))
      headers.set('content-type', 'application/json');
    const content = json === undefined ? body : JSON.stringify(json);
    return this.handler(
      new Request(new URL(path, 'http://localhost'), {
        method,
        headers,
        ...(content === undefined ? {} : { body: content, duplex: 'half' }),
      }),
    );
  }

  async call<T = unknown>(
    method: string,
    path: string,
    request?: RequestForTesting,
  ): Promise<AnswerForTesting<T>> {
    const response = await this.send(method, path, request);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      get json(): T {
        return JSON.parse(text) as T; // the test knows the type
      },
    };
  }

  /** Calls and expects this status. */
  async must<T = unknown>(
    status: number,
    method: string,
    path: string,
    request?: RequestForTesting,
  ): Promise<T> {
    const answer = await this.call<T>(method, path, request);
    expect(answer.status, `${method} ${path}: ${answer.text.slice(0, 500)}`).toBe(status);
    // A caller that expects an empty body gives no type.
    return answer.text === '' ? (undefined as T) : answer.json;
  }

  /** Calls, expects this status, and returns the whole response. */
  async answer<T>(
    status: number,
    method: string,
    path: string,
    request?: RequestForTesting,
  ): Promise<AnswerForTesting<T>> {
    const answer = await this.call<T>(method, path, request);
    expect(answer.status, answer.text).toBe(status);
    return answer;
  }

  /** Calls and expects a problem with this code. */
  async problem(
    status: number,
    code: string,
    method: string,
    path: string,
    request?: RequestForTesting,
  ): Promise<Problem> {
    return expectProblem(await this.call(method, path, request), status, code);
  }

  createThread(thread: object = {}, user?: string): Promise<Thread> {
    return this.must<Thread>(201, 'POST', '/v1/threads', {
      json: thread,
      ...(user === undefined ? {} : { user }),
    });
  }

  async append(threadId: string, items: readonly object[], user?: string): Promise<Item[]> {
    const request = { json: { items }, ...(user === undefined ? {} : { user }) };
    const { data } = await this.must<{ data: Item[] }>(
      201,
      'POST',
      `/v1/threads/${threadId}/items`,
      request,
    );
    return data;
  }

  /** Everything that these users can see, to compare before and after. */
  async dump(users: readonly string[]): Promise<string> {
    const seen: unknown[] = [];
    for (const user of users) {
      for (const query of ['', '&archived=true']) {
        const threads = await this.#all<Thread>(`/v1/threads?limit=1000${query}`, user);
        for (const thread of threads) {
          const path = `/v1/threads/${thread.id}`;
          const items = await this.#all(`${path}/items?limit=1000&view=log`, user);
          const edges = await this.#all(`${path}/edges?limit=1000`, user);
          seen.push({ user, thread, items, edges });
        }
      }
    }
    return JSON.stringify(seen);
  }

  async #all<T>(path: string, user: string): Promise<T[]> {
    const all: T[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: { data: T[]; nextCursor: string | null } = await this.must(
        200,
        'GET',
        cursor === '' ? path : `${path}&after=${cursor}`,
        { user },
      );
      all.push(...page.data);
      cursor = page.nextCursor;
    }
    return all;
  }
}

/** Expects a well-formed problem with this code, and returns it. */
export function expectProblem(answer: AnswerForTesting, status: number, code: string): Problem {
  expect(answer.text, `status ${answer.status}`).toContain(`"code":"${code}"`);
  const problem = answer.json as Problem; // checked below
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(problem).toMatchObject({ status, code, requestId: answer.headers.get('x-request-id') });
  expect(problem.type).toBe(`/docs#${code}`);
  expect(problem.title).not.toBe('');
  expect(problem.detail).not.toBe('');
  expect(problem.errors === undefined).toBe(code !== 'invalid_request');
  if (problem.errors !== undefined) expect(problem.errors.length).toBeGreaterThan(0);
  return problem;
}
