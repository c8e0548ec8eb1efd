import { invalid } from '../shared/error.ts';
import type { ForkInput, NewThread, Thread, ThreadUpdate } from '../api/thread.ts';
import type { LiveEvent, LiveOptions } from '../api/live.ts';
import type { Outcome, WriteOptions } from '../api/write-options.ts';
import { threadEndpoints, type ThreadNoun } from '../api/operations/threads.ts';
import type { Handwritten } from './handwritten-verbs.ts';
import type { Http } from './http.ts';
import { inParallel } from './in-parallel.ts';
import { liveTail } from './live-tail.ts';
import { bodyOf, nounCalls, outcomeOf, type NounCalls } from './noun-calls.ts';

/** Verbs of `ThreadsApi` over HTTP. */
export class ThreadsClient implements Handwritten<'threads'> {
  readonly #http: Http;
  readonly #call: NounCalls<ThreadNoun>;

  constructor(http: Http) {
    this.#http = http;
    this.#call = nounCalls<ThreadNoun>(http, threadEndpoints);
  }

  create(threads: readonly NewThread[], options: WriteOptions = {}): Promise<Thread[]> {
    return inParallel(threads, async (thread, i) => {
      const { data } = await this.createWithOutcome(
        thread,
        optionsOfOne(options, i, threads.length),
      );
      return data;
    });
  }

  createWithOutcome(thread: NewThread, options?: WriteOptions): Promise<Outcome<Thread>> {
    return outcomeOf(this.#call('createThread', { ...options, body: thread }));
  }

  get(threadId: string): Promise<Thread> {
    return bodyOf(this.#call('getThread', { parameters: { threadId } }));
  }

  update(updates: readonly ThreadUpdate[]): Promise<Thread[]> {
    return inParallel(updates, ({ id, ifVersion, ...patch }) => {
      const headers = ifMatch(ifVersion);
      return bodyOf(
        this.#call('updateThread', { parameters: { threadId: id }, body: patch, headers }),
      );
    });
  }

  async delete(
    threadIds: readonly string[],
    options: { readonly ifVersion?: number } = {},
  ): Promise<void> {
    const headers = ifMatch(options.ifVersion);
    await inParallel(threadIds, (threadId) =>
      this.#call('deleteThread', { parameters: { threadId }, headers }),
    );
  }

  fork(forks: readonly ForkInput[], options: WriteOptions = {}): Promise<Thread[]> {
    return inParallel(forks, async (fork, i) => {
      const { data } = await this.forkWithOutcome(fork, optionsOfOne(options, i, forks.length));
      return data;
    });
  }

  forkWithOutcome(
    { threadId, ...body }: ForkInput,
    options?: WriteOptions,
  ): Promise<Outcome<Thread>> {
    return outcomeOf(this.#call('forkThread', { ...options, parameters: { threadId }, body }));
  }

  live(threadId: string, options: LiveOptions = {}): AsyncGenerator<LiveEvent, void, undefined> {
    return liveTail(this.#http, threadId, options);
  }
}

/**
 * A call for several threads is one request each, so each needs its own key, derived as in the
 * store.
 */
export function optionsOfOne(options: WriteOptions, index: number, count: number): WriteOptions {
  const { idempotencyKey } = options;
  if (idempotencyKey === undefined || count === 1) return options;
  const key = `${idempotencyKey}#${index}`;
  if (key.length > 128)
    throw invalid('idempotencyKey', 'is too long for a call with several entries');
  return { ...options, idempotencyKey: key };
}

function ifMatch(version: number | undefined): Record<string, string> {
  return version === undefined ? {} : { 'if-match': `"${version}"` };
}
