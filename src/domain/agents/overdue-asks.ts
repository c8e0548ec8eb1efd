import { put } from '../../records/records.ts';
import { asks } from '../../records/tables.ts';
import { TimeQueue } from '../../records/time-queue.ts';
import type { StoredThreadId } from '../../shared/ids.ts';
import type { Core } from '../base/core.ts';
import { perStore } from '../base/per-store.ts';
import { writeIfThere } from '../forks/owe-forks.ts';
import { answerAsks } from './answer-asks.ts';

/**
 * Answers what no task has answered: asks of a server that died after the append, and those of
 * users who had as many runs as one user may have. A process without responders leaves them to
 * others.
 *
 * States: idle until `start`, then looking until `stop`.
 */
class OverdueAsks {
  readonly #core: Core;
  readonly #queue: TimeQueue<(typeof asks)['rowType'] & object>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isFirst = true;
  #isStopped = false;

  constructor(core: Core) {
    this.#core = core;
    this.#queue = new TimeQueue(core, asks, 'byDue');
  }

  start(): void {
    if (this.#core.responders !== undefined) this.#lookSoon(0);
  }

  /** Resolves when the last look has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  /** Answers what a thread's agents were asked: the promised task. */
  async answer(threadId: StoredThreadId): Promise<void> {
    this.#queue.noteUse();
    if (!this.#isStopped) await answerAsks(this.#core, threadId);
  }

  #lookSoon(delayMs: number): void {
    if (this.#isStopped) return;
    const { onFailure, leaseMs } = this.#core.runOptions;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look()
        .catch((error: unknown) => onFailure(error, noRun))
        .finally(() => this.#lookSoon(leaseMs / 3));
    }, delayMs);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    // If no other process can have the store open, what an earlier one has left is due at once.
    const all = this.#isFirst && !this.#core.isShared;
    const rows = await this.#queue.first(asksMax, { all });
    this.#isFirst = false;
    for (const threadId of new Set(rows.map((row) => row.threadId))) {
      if (this.#isStopped) return;
      await answerAsks(this.#core, threadId);
      await postpone(this.#core, threadId);
    }
  }
}

const asksMax = 100;
const noRun = {
  threadId: '',
  runId: '',
  error: { code: 'internal', message: 'Asks of agents could not be looked at.', retryable: true },
};

/** What still waits must not keep other threads' asks from the front of the queue. */
async function postpone(core: Core, threadId: StoredThreadId): Promise<void> {
  await writeIfThere(core, threadId, async (draft) => {
    const waiting = await core.records.scan(asks, { prefix: [threadId], limit: asksMax });
    const dueAt = draft.nowMs + core.runOptions.leaseMs;
    for (const row of waiting) {
      if (row.dueAt <= draft.nowMs) draft.put(put(asks, { ...row, dueAt }, row));
    }
  });
}

/** Of an open store. */
export const overdueAsksOf: (core: Core) => OverdueAsks = perStore((core) => new OverdueAsks(core));
