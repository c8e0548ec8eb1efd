import { backoffMs, type Backoff } from '../../shared/backoff.ts';
import { SkeinError } from '../../shared/error.ts';
import { deletion, type Records } from '../../records/records.ts';
import { taskShardCount } from '../../records/new-task.ts';
import { taskQueue, type TaskRow } from '../../records/tables.ts';
import { moveTasks } from './move-tasks.ts';

/**
 * Does the work that a task promises; may run again after a crash. Throws if the store stops it.
 */
export type TaskHandler = (task: TaskRow) => Promise<void>;

/**
 * Finishes the work that commits have promised. A task is stored by the commit that promises it and
 * deleted when it is done, so after a crash in between the next start resumes it (`resume`).
 *
 * States: running until `stop`. A task that fails stays stored and is retried with growing pauses.
 * Invariants: in one process, tasks of one kind run one at a time, so that they cannot interfere;
 * two processes may run the same task, which its handler must allow.
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
   * The handlers of each kind of task, and the periodic sweeps. Called once, before anything else.
   */
  handle(handlers: Readonly<Record<string, TaskHandler>>, sweep: () => Promise<unknown>): void {
    this.#handlers = handlers;
    this.#sweep = sweep;
  }

  /** Resumes what an earlier process left, in the background. */
  async resume(): Promise<void> {
    await this.#moveFormer();
    await this.#startWaiting();
    this.#lookAgain();
  }

  /** In a store that cannot be written they wait: what can be read should be read. */
  async #moveFormer(): Promise<void> {
    try {
      await moveTasks(this.#records);
    } catch (error) {
      if (!(error instanceof SkeinError) || error.code !== 'unavailable') throw error;
      this.#lastFailure = error;
    }
  }

  /** In the order of the promises, which is that of the ids. */
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

  /** If a crash can separate a task from its commit, the task may appear later: looks again. */
  #lookAgain(): void {
    if (this.#records.isAtomicAcrossPartitions) return;
    this.#later(lookAgainMs, () => {
      this.#startWaiting()
        .catch((error: unknown) => (this.#lastFailure = error))
        .finally(() => this.#lookAgain());
    });
  }

  /** Runs a task in the background, after earlier ones of its kind. */
  start(task: TaskRow): void {
    if (!this.#running.has(task.id)) this.#begin(task, 1);
  }

  /**
   * Runs a task until it is done. Throws its failure, after which it is retried in the background.
   */
  run(task: TaskRow): Promise<void> {
    this.start(task);
    return this.whenDone(task);
  }

  /** Resolves when a task that was started before is done; throws like `run`. */
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

  /** Sweeps expired data within a minute; several calls cause one sweep. */
  sweepSoon(): void {
    if (this.#isSweepDue) return;
    this.#isSweepDue = true;
    this.#later(sweepDelayMs, () => {
      this.#isSweepDue = false;
      this.#sweep().catch((error: unknown) => (this.#lastFailure = error));
    });
  }

  /** Waits for started tasks; stored ones that were not started are left to the next start. */
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
      throw new SkeinError(
        'internal',
        `A newer version of Skein left a task of kind ${task.kind}, which this version cannot run.`,
      );
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
