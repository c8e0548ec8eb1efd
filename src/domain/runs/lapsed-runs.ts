import { runs, type RunRow } from '../../records/tables.ts';
import { TimeQueue } from '../../records/time-queue.ts';
import type { Core } from '../base/core.ts';
import { sweepStreams } from '../streams/expire-streams.ts';
import { finishRun, lapsed } from './finish-run.ts';
import { reportFailure } from './report-failure.ts';

/**
 * Ends the runs of processes that have died, in the background, and deletes the chunks of streams
 * that have expired.
 *
 * States: idle until `start`, then sweeping until `stop`.
 */
export class LapsedRuns {
  readonly #core: Core;
  readonly #holds: (run: RunRow) => boolean;
  readonly #leases: TimeQueue<RunRow>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #sweptStreamsAtMs = Number.NEGATIVE_INFINITY;
  #isFirstSweep = true;
  #isStopped = false;

  /** `holds`: whether this process works on a run, which it then does not end. */
  constructor(core: Core, holds: (run: RunRow) => boolean) {
    this.#core = core;
    this.#holds = holds;
    this.#leases = new TimeQueue(core, runs, 'byLease');
  }

  /** Begins with what an earlier process left. */
  start(): void {
    this.#sweepSoon(0);
  }

  /** A lease begins, which may lapse. */
  noteLease(): void {
    this.#leases.noteUse();
  }

  /** Resolves when the last sweep has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#sweeping;
  }

  #sweepSoon(delayMs: number): void {
    if (this.#isStopped) return;
    const { onFailure, leaseMs } = this.#core.runOptions;
    this.#timer = setTimeout(() => {
      this.#sweeping = this.#sweep()
        .catch((error: unknown) => onFailure(error, noRun))
        .finally(() => this.#sweepSoon(leaseMs / 3));
    }, delayMs);
    this.#timer.unref();
  }

  /** Ends at most 100 runs per sweep. */
  async #sweep(): Promise<void> {
    // If no other process can have the store open, every earlier holder of a lease is dead.
    const all = this.#isFirstSweep && !this.#core.isShared;
    const rows = await this.#leases.first(100, { all });
    this.#isFirstSweep = rows.length === 100;
    for (const row of rows) if (!this.#holds(row)) await this.#end(row);
    const intervalMs = Math.min(streamSweepMs, this.#core.runOptions.streamTtlMs);
    if (performance.now() - this.#sweptStreamsAtMs < intervalMs) return;
    this.#sweptStreamsAtMs = performance.now();
    await sweepStreams(this.#core);
  }

  /** A run that cannot be ended now must not block the others. */
  async #end(run: RunRow): Promise<void> {
    const { threadId, id, leaseToken } = run;
    try {
      await finishRun(this.#core, threadId, id, { ...lapsed, leaseToken });
    } catch (error) {
      reportFailure(this.#core, run, error);
    }
  }
}

const noRun = { threadId: '', runId: '', error: lapsed.error };
const streamSweepMs = 60_000;
