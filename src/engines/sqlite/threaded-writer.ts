import { Worker } from 'node:worker_threads';
import { SkeinError } from '../../shared/error.ts';
import { GroupPacker, type PackedGroup } from './packed-group.ts';
import type { SqliteWriter } from './sqlite-writer.ts';
import type { WriteGroup, WriteOutcome } from './write-group.ts';

/** The arguments of the thread. */
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
  /** An error loses its code on the way between threads, so it travels separately. */
  | { readonly type: 'failed'; readonly message: string; readonly code: string | undefined };

/**
 * Writes in its own thread, on its own connection: while it waits for the disk, or for the writers
 * of other processes, this thread continues. Requests are answered in their order.
 */
export async function writeInThread(start: ThreadStart): Promise<SqliteWriter> {
  const writer = new ThreadedWriter(start);
  await writer.ready;
  return writer;
}

/** Next to this file, and compiled like it. */
const threadFile = new URL(`./writer-thread${import.meta.url.slice(-3)}`, import.meta.url);

/**
 * States: the thread lives, or has ended by itself, perhaps out of memory. Its pending requests
 * then fail with `unavailable`, and may be written or not. The next write starts another thread,
 * unless the last one was started just now.
 */
class ThreadedWriter implements SqliteWriter {
  readonly ready: Promise<void>;
  readonly #start: ThreadStart;
  readonly #watches: (() => void)[] = [];
  #thread: WriterThread;
  #startedMs = -Infinity;

  constructor(start: ThreadStart) {
    this.#start = start;
    this.#thread = this.#startThread();
    this.ready = this.#thread.ready;
  }

  write(group: WriteGroup): Promise<WriteOutcome[]> {
    const mayRestart = performance.now() - this.#startedMs > restartMsMin;
    if (this.#thread.failure !== undefined && mayRestart) this.#restart();
    return this.#thread.write(group);
  }

  watch(onChange: () => void): void {
    if (this.#watches.push(onChange) === 1) this.#thread.watch();
  }

  async close(): Promise<void> {
    if (this.#thread.failure === undefined) await this.#thread.close();
  }

  #startThread(): WriterThread {
    this.#startedMs = performance.now();
    return new WriterThread(this.#start, () => this.#tellWatches());
  }

  #restart(): void {
    this.#thread = this.#startThread();
    this.#thread.ready.catch(() => undefined); // the waiting writes get the error
    if (this.#watches.length === 0) return;
    this.#thread.watch();
    this.#tellWatches(); // changes were missed since the other thread ended
  }

  #tellWatches(): void {
    for (const onChange of this.#watches) onChange();
  }
}

/** A thread that keeps dying must not take the whole processor. */
const restartMsMin = 1000;

/** One thread, from its start to its end. */
class WriterThread {
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #onChange: () => void;
  readonly #packer = new GroupPacker();
  readonly #waiting: Waiting[] = [];
  #cause: unknown;
  #failure: SkeinError | undefined;

  constructor(start: ThreadStart, onChange: () => void) {
    this.#onChange = onChange;
    this.#worker = new Worker(threadFile, { workerData: start });
    this.#worker.on('message', (answer: ThreadAnswer) => this.#onAnswer(answer));
    this.#worker.on('error', (error) => (this.#cause = error));
    // Only now is its connection closed, so nothing more of it will be written.
    this.#worker.on('exit', () => this.#fail());
    this.ready = this.#wait().then(() => undefined);
  }

  /** Why it has ended, once it has. */
  get failure(): SkeinError | undefined {
    return this.#failure;
  }

  async write(group: WriteGroup): Promise<WriteOutcome[]> {
    const answer = await this.#ask({ type: 'write', packed: this.#packer.pack(group) });
    return answer.type === 'written' ? answer.outcomes : [];
  }

  watch(): void {
    this.#post({ type: 'watch' });
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

  /** The thread keeps the process alive only while a caller waits for it. */
  #wait(): Promise<ThreadAnswer> {
    this.#worker.ref();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #onAnswer(answer: ThreadAnswer): void {
    if (answer.type === 'changed') return this.#onChange();
    const waiting = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#worker.unref();
    if (answer.type === 'failed') waiting?.reject(toError(answer));
    else waiting?.resolve(answer);
  }

  #fail(): void {
    this.#failure = new SkeinError(
      'unavailable',
      'The thread that writes the database has ended. The write may or may not have happened; try again.',
      { cause: this.#cause ?? new Error('the thread ended') },
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
