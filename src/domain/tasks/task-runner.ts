import { SkeinError } from '../../shared/error.ts';
import { deletion, type Records } from '../../records/records.ts';
import { tasks, type TaskRow } from '../../records/tables.ts';

/** Does what a task promises; may run again after a crash. Throws when the store stops it. */
export type TaskHandler = (task: TaskRow) => Promise<void>;

/**
 * Finishes the work that commits have promised. A task is stored with the commit that promises it and
 * deleted when it is done, so a crash in between leaves it to the next start (`resume`).
 *
 * States: running until `stop`. A task that fails stays stored. Invariant: a task runs at most once at a
 * time in a process; two processes may both run it, which its handler allows.
 */
export class TaskRunner {
  readonly #records: Records;
  readonly #running = new Map<string, Promise<void>>();
  readonly #failures: unknown[] = [];
  #handlers: Readonly<Record<string, TaskHandler>> = {};
  #sweep: () => Promise<unknown> = () => Promise.resolve();
  #sweepTimer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;

  constructor(records: Records) {
    this.#records = records;
  }

  /** What each kind of task does, and what to do now and then. Called once, before anything else. */
  handle(handlers: Readonly<Record<string, TaskHandler>>, sweep: () => Promise<unknown>): void {
    this.#handlers = handlers;
    this.#sweep = sweep;
  }

  /** Takes up what an earlier process has left, in the background. */
  async resume(): Promise<void> {
    for await (const task of this.#records.scanAll(tasks, [])) this.start(task);
  }

  /** Runs a task in the background; a failure is kept for `lastFailure`. */
  start(task: TaskRow): void {
    this.run(task).catch((error: unknown) => {
      if (!this.#isStopped) this.#failures.push(error);
    });
  }

  /** Runs a task to its end. */
  run(task: TaskRow): Promise<void> {
    let running = this.#running.get(task.id);
    if (running === undefined) {
      running = this.#run(task).finally(() => this.#running.delete(task.id));
      this.#running.set(task.id, running);
    }
    return running;
  }

  /** Resolves when nothing runs in the background. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running.values());
  }

  /** The newest failure in the background, for diagnosis; `undefined` if there was none. */
  get lastFailure(): unknown {
    return this.#failures.at(-1);
  }

  /** Sweeps what has expired within a minute; many calls make one sweep. */
  sweepSoon(): void {
    if (this.#sweepTimer !== undefined || this.#isStopped) return;
    this.#sweepTimer = setTimeout(() => {
      this.#sweepTimer = undefined;
      this.#sweep().catch((error: unknown) => this.#failures.push(error));
    }, sweepDelayMs);
    this.#sweepTimer.unref?.();
  }

  /** Waits for what runs; what is stored and does not run is left to the next start. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#sweepTimer);
    await this.idle();
  }

  async #run(task: TaskRow): Promise<void> {
    const handler = this.#handlers[task.kind];
    if (handler === undefined) {
      throw new SkeinError('internal', `A newer Skein left a task of the kind ${task.kind}.`);
    }
    await handler(task);
    await this.#records.commit({ deletes: [deletion(tasks, [task.id])] });
  }
}

const sweepDelayMs = 60_000;
