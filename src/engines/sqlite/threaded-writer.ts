import { Worker } from 'node:worker_threads';
import { SkeinError } from '../../shared/error.ts';
import { GroupPacker, type PackedGroup } from './packed-group.ts';
import type { SqliteWriter } from './sqlite-writer.ts';
import type { WriteGroup, WriteOutcome } from './write-group.ts';

/** What the thread is started with. */
export interface ThreadStart {
  readonly path: string;
  readonly pragmas: readonly string[];
  readonly busyTimeoutMs: number;
}

export type ThreadRequest =
  | { readonly type: 'write'; readonly packed: PackedGroup }
  | { readonly type: 'watch' | 'close' };

export type ThreadAnswer =
  | { readonly type: 'ready' | 'changed' | 'closed' }
  | { readonly type: 'written'; readonly outcomes: WriteOutcome[] }
  /** Errors do not keep their codes on the way between threads. */
  | { readonly type: 'failed'; readonly message: string; readonly code: string | undefined };

/**
 * Writes in a thread of its own, with its own connection: while it waits for the disk, or for the
 * writers of other processes, this thread goes on. Requests are answered in their order.
 */
export async function writeInThread(start: ThreadStart): Promise<SqliteWriter> {
  const writer = new ThreadedWriter(new Worker(threadFile, { workerData: start }));
  await writer.ready;
  return writer;
}

/** Beside this file, and compiled like it. */
const threadFile = new URL(`./writer-thread${import.meta.url.slice(-3)}`, import.meta.url);

class ThreadedWriter implements SqliteWriter {
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #packer = new GroupPacker();
  readonly #waiting: Waiting[] = [];
  readonly #watches: (() => void)[] = [];
  #failure: SkeinError | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (answer: ThreadAnswer) => this.#onAnswer(answer));
    worker.on('error', (error) => this.#fail(error));
    worker.on('exit', () => this.#fail(new Error('the thread ended')));
    this.ready = this.#wait().then(() => undefined);
  }

  async write(group: WriteGroup): Promise<WriteOutcome[]> {
    const answer = await this.#ask({ type: 'write', packed: this.#packer.pack(group) });
    return answer.type === 'written' ? answer.outcomes : [];
  }

  watch(onChange: () => void): void {
    if (this.#watches.push(onChange) === 1) this.#post({ type: 'watch' });
  }

  async close(): Promise<void> {
    await this.#ask({ type: 'close' });
    await this.#worker.terminate();
  }

  #ask(request: ThreadRequest): Promise<ThreadAnswer> {
    if (this.#failure) return Promise.reject(this.#failure);
    const answer = this.#wait();
    this.#post(request);
    return answer;
  }

  #post(request: ThreadRequest): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
    this.#worker.postMessage(request);
  }

  /** The thread keeps the process alive while somebody waits for it, and no longer. */
  #wait(): Promise<ThreadAnswer> {
    this.#worker.ref();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #onAnswer(answer: ThreadAnswer): void {
    if (answer.type === 'changed') {
      for (const onChange of this.#watches) onChange();
      return;
    }
    const waiting = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#worker.unref();
    if (answer.type === 'failed') waiting?.reject(toError(answer));
    else waiting?.resolve(answer);
  }

  #fail(cause: unknown): void {
    this.#failure ??= new SkeinError(
      'unavailable',
      'The thread that writes the database has ended.',
      { cause },
    );
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}

interface Waiting {
  readonly resolve: (answer: ThreadAnswer) => void;
  readonly reject: (error: unknown) => void;
}

function toError({ message, code }: { message: string; code: string | undefined }): Error {
  const error = new Error(message);
  return code === undefined ? error : Object.assign(error, { code });
}
