import { backoffMs, type Backoff } from '../../shared/backoff.ts';
import { SkeinError } from '../../shared/error.ts';
import { deletion, type Records } from '../../records/records.ts';
import { taskShardCount } from '../../records/new-task.ts';
import { taskQueue, type TaskRow } from '../../records/tables.ts';
import { moveTasks } from './move-tasks.ts';

/** Does what a task promises; may run again after a crash. Throws when the store stops it. */
export type TaskHandler = (task: TaskRow) => Promise<void>;

/**
 * Finishes the work that commits have promised. A task is stored with the commit that promises it
 * and deleted when it is done, so a crash in between leaves it to the next start (`resume`).
 *
 * States: running until `stop`. A task that fails stays stored and is tried again, ever more
 * seldom. Invariants: tasks of one kind run one after the other in a process, so that they need not
 * fear each other; two processes may both run the same one, which its handler allows.
 */
export class TaskRunner {
  readonly #records: Records;
  readonly #running = new Map<string, Promise<void>>();
  readonly #lastOfKind = new Map<string, Promise<void>>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #handlers: Readonly<Record<string, TaskHandler>> = {};
  #sweep: () => Promise<unknown> = () => Promise.resolve();
  #isSweepDue = false;
  #isStopped = false;
  #lastFailure: unknown;

  constructor(records: Records) {
    this.#records = records;
  }

  /**
   * What each kind of task does, and what to do now and then. Called once, before anything else.
   */
  handle(handlers: Readonly<Record<string, TaskHandler>>, sweep: () => Promise<unknown>): void {
    this.#handlers = handlers;
    this.#sweep = sweep;
  }

  /** Takes up what an earlier process has left, in the background. */
  async resume(): Promise<void> {
    await moveTasks(this.#records);
    await this.#startWaiting();
    this.#lookAgain();
  }

  /** In the order in which they were promised, as their ids tell. */
  async #startWaiting(): Promise<void> {
    const shards = Array.from({ length: taskShardCount }, (_, shard) => this.#inShard(shard));
    const waiting = (await Promise.all(shards)).flat();
    for (const task of waiting.toSorted((a, b) => (a.id < b.id ? -1 : 1))) this.start(task);
  }

  async #inShard(shard: number): Promise<TaskRow[]> {
    const rows: TaskRow[] = [];
    for await (const row of this.#records.scanAll(taskQueue, [shard])) rows.push(row);
    return rows;
  }

  /** Where a crash can keep a task from being seen with its commit, it comes later. */
  #lookAgain(): void {
    if (this.#records.isAtomicAcrossPartitions) return;
    this.#later(lookAgainMs, () => {
      this.#startWaiting()
        .catch((error: unknown) => (this.#lastFailure = error))
        .finally(() => this.#lookAgain());
    });
  }

  /** Runs a task in the background, when those of its kind before it are done. */
  start(task: TaskRow): void {
    if (!this.#running.has(task.id)) this.#begin(task, 1);
  }

  /**
   * Runs a task to its end. Throws what it fails with; it is then tried again in the background.
   */
  run(task: TaskRow): Promise<void> {
    this.start(task);
    return this.whenDone(task);
  }

  /** Resolves when a task is done that was started before; throws as `run` does. */
  whenDone(task: TaskRow): Promise<void> {
    return this.#running.get(task.id) ?? Promise.resolve();
  }

  /** Resolves when nothing runs in the background. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running.values());
  }

  /** The newest failure in the background, for diagnosis; `undefined` if there was none. */
  get lastFailure(): unknown {
    return this.#lastFailure;
  }

  /** Sweeps what has expired within a minute; many calls make one sweep. */
  sweepSoon(): void {
    if (this.#isSweepDue) return;
    this.#isSweepDue = true;
    this.#later(sweepDelayMs, () => {
      this.#isSweepDue = false;
      this.#sweep().catch((error: unknown) => (this.#lastFailure = error));
    });
  }

  /** Waits for what was started; what is stored and was not is left to the next start. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await this.idle();
  }

  #begin(task: TaskRow, attempt: number): void {
    const before = this.#lastOfKind.get(task.kind) ?? Promise.resolve();
    const running = before.then(() => this.#run(task)).finally(() => this.#running.delete(task.id));
    this.#running.set(task.id, running);
    const settled = running.catch((error: unknown) => {
      this.#lastFailure = error;
      this.#later(backoffMs(attempt, retries), () => this.#begin(task, attempt + 1));
    });
    this.#lastOfKind.set(task.kind, settled);
  }

  async #run(task: TaskRow): Promise<void> {
    const handler = this.#handlers[task.kind];
    if (handler === undefined) {
      throw new SkeinError('internal', `A newer Skein left a task of the kind ${task.kind}.`);
    }
    await handler(task);
    await this.#records.commit({ deletes: [deletion(taskQueue, [task.shard, task.id])] });
  }

  #later(delayMs: number, run: () => void): void {
    if (this.#isStopped) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, delayMs);
    timer.unref?.();
    this.#timers.add(timer);
  }
}

const sweepDelayMs = 60_000;
const lookAgainMs = 300_000;
const retries: Backoff = { firstMs: 500, maxMs: 60_000 };
