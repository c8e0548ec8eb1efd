import { invalid } from '../shared/error.ts';
import type {
  ForkInput,
  ForkListOptions,
  NewThread,
  Thread,
  ThreadListOptions,
  ThreadUpdate,
} from '../api/thread.ts';
import type { Graph } from '../api/edge.ts';
import type { LiveEvent, LiveOptions } from '../api/live.ts';
import type { Outcome, WriteOptions } from '../api/write-options.ts';
import type { Page } from '../api/page.ts';
import type { ThreadsApi } from '../api/threads-api.ts';
import type { Http } from './http.ts';
import { inParallel } from './in-parallel.ts';
import { liveTail } from './live-tail.ts';
import { pathOf } from './paths.ts';

/** `ThreadsApi` over HTTP. */
export class ThreadsClient implements ThreadsApi {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  async create(threads: readonly NewThread[], options: WriteOptions = {}): Promise<Thread[]> {
    return inParallel(threads, async (thread, i) => {
      const { data } = await this.createWithOutcome(
        thread,
        optionsOfOne(options, i, threads.length),
      );
      return data;
    });
  }

  async createWithOutcome(thread: NewThread, options: WriteOptions = {}): Promise<Outcome<Thread>> {
    return this.#post('/v1/threads', thread, options);
  }

  async get(threadId: string): Promise<Thread> {
    const { body } = await this.#http.send<Thread>({ method: 'GET', path: pathOf(threadId) });
    return body;
  }

  async list(options: ThreadListOptions = {}): Promise<Page<Thread>> {
    const { body } = await this.#http.send<Page<Thread>>({
      method: 'GET',
      path: '/v1/threads',
      query: options,
    });
    return body;
  }

  async update(updates: readonly ThreadUpdate[]): Promise<Thread[]> {
    return inParallel(updates, async ({ id, ifVersion, ...patch }) => {
      const { body } = await this.#http.send<Thread>({
        method: 'PATCH',
        path: pathOf(id),
        body: patch,
        headers: ifMatch(ifVersion),
      });
      return body;
    });
  }

  async delete(
    threadIds: readonly string[],
    options: { readonly ifVersion?: number } = {},
  ): Promise<void> {
    const headers = ifMatch(options.ifVersion);
    await inParallel(threadIds, (id) =>
      this.#http.send({ method: 'DELETE', path: pathOf(id), headers }),
    );
  }

  async fork(forks: readonly ForkInput[], options: WriteOptions = {}): Promise<Thread[]> {
    return inParallel(forks, async (fork, i) => {
      const { data } = await this.forkWithOutcome(fork, optionsOfOne(options, i, forks.length));
      return data;
    });
  }

  async forkWithOutcome(
    { threadId, ...body }: ForkInput,
    options: WriteOptions = {},
  ): Promise<Outcome<Thread>> {
    return this.#post(`${pathOf(threadId)}/fork`, body, options);
  }

  async forks(threadId: string, options: ForkListOptions = {}): Promise<Page<Thread>> {
    const path = `${pathOf(threadId)}/forks`;
    const { body } = await this.#http.send<Page<Thread>>({ method: 'GET', path, query: options });
    return body;
  }

  live(threadId: string, options: LiveOptions = {}): AsyncGenerator<LiveEvent, void, undefined> {
    return liveTail(this.#http, threadId, options);
  }

  async graph(threadId: string, options: { readonly runId?: string } = {}): Promise<Graph> {
    const path = `${pathOf(threadId)}/graph`;
    const { body } = await this.#http.send<Graph>({ method: 'GET', path, query: options });
    return body;
  }

  async #post(path: string, body: object, options: WriteOptions): Promise<Outcome<Thread>> {
    const answer = await this.#http.send<Thread>({ ...options, method: 'POST', path, body });
    return { data: answer.body, replayed: answer.status === 200 };
  }
}

/** A call for several is one request each, and so needs a key each, made as the store itself does. */
export function optionsOfOne(options: WriteOptions, index: number, count: number): WriteOptions {
  const { idempotencyKey } = options;
  if (idempotencyKey === undefined || count === 1) return options;
  const key = `${idempotencyKey}#${index}`;
  if (key.length > 128) throw invalid('idempotencyKey', 'is too long for a call for several');
  return { ...options, idempotencyKey: key };
}

function ifMatch(version: number | undefined): Record<string, string> {
  return version === undefined ? {} : { 'if-match': `"${version}"` };
}
