import { streamWakeup } from '../streams/stream-wakeup.ts';
import { perStore } from '../base/per-store.ts';
import { runs, type RunRow } from '../../records/tables.ts';
import { TimeQueue } from '../../records/time-queue.ts';
import { SkeinError } from '../../shared/error.ts';
import type { Principal } from '../../api/principal.ts';
import type { Core } from '../base/core.ts';
import { sweepStreams } from '../streams/expire-streams.ts';
import { finishInDraft, finishRun, lapsed } from './finish-run.ts';
import { findRun, findRunsBy, writeRun } from './run-rows.ts';
import { isActive, RunLease } from './run-lease.ts';
import { runTurn, type RunWork } from './run-turn.ts';
import type { NewAnswer } from './run-request.ts';

/**
 * Executes the runs of this process, and ends those whose process has died.
 *
 * One process at a time works on a run, the holder of its lease, which it renews while it works.
 * When a lease lapses, any process ends the run as failed, with what it had written.
 *
 * States: idle until the first run, then sweeping until `stop`. Invariant: a run's work never
 * rejects.
 */
class RunSupervisor {
  readonly #core: Core;
  readonly #leases: TimeQueue<RunRow>;
  readonly #working = new Map<string, Work>();
  #sweepTimer: ReturnType<typeof setTimeout> | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #sweptStreamsAtMs = Number.NEGATIVE_INFINITY;
  #isFirstSweep = true;
  #isStopped = false;
  /** Its runs have ended, as far as they could be: none waits for the end of one any more. */
  #isEnded = false;

  constructor(core: Core) {
    this.#core = core;
    this.#leases = new TimeQueue(core, runs, 'byLease');
  }

  /** Ends what an earlier process left, in the background, and keeps sweeping. */
  start(): void {
    this.#sweepSoon(0);
  }

  /** Works on a run that this process has begun until it ends. Resolves to its final state. */
  work(run: RunRow, principal: Principal, answer: NewAnswer): Promise<RunRow> {
    this.#leases.noteUse();
    const lease = new RunLease(this.#core, run);
    const work = { answer, lease, controller: new AbortController() };
    const ended = this.#work(run, principal, work).finally(() => this.#working.delete(run.id));
    this.#working.set(run.id, { run, ...work, ended });
    return ended;
  }

  /** The runs of a user that wait or run in this process. */
  activeOf({ projectId, userId }: Principal): RunRow[] {
    const runsHere = [...this.#working.values()].map(({ run }) => run);
    return runsHere.filter((run) => run.userId === userId && run.projectId === projectId);
  }

  /** Resolves when a run on any process has ended or waits for people. */
  async whenEnded(run: RunRow): Promise<RunRow> {
    return this.#working.get(run.id)?.ended ?? this.#whenIdle(run);
  }

  async #whenIdle(run: RunRow): Promise<RunRow> {
    const wakeup = streamWakeup(this.#core, run);
    try {
      for (;;) {
        wakeup.reset();
        const row = await this.#read(run);
        if (!isActive(row) || this.#isEnded || !this.#core.isOpen()) return row;
        await wakeup.wait(hintMs);
      }
    } finally {
      wakeup.release();
    }
  }

  /** Stops the work on a run that was ended, if this process works on it. */
  abort(runId: string): void {
    this.#working.get(runId)?.controller.abort();
  }

  /** Ends the runs of this process, with what they have written. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#sweepTimer);
    await this.#sweeping;
    const works = [...this.#working.values()];
    await Promise.all(works.map((work) => this.#stopOne(work)));
    this.#isEnded = true;
    await Promise.all(works.map(({ ended }) => ended));
  }

  async #stopOne({ run, controller }: Work): Promise<void> {
    await finishRun(this.#core, run.threadId, run.id, stopped).catch(this.#report(run));
    controller.abort();
  }

  async #work(run: RunRow, principal: Principal, work: RunWork): Promise<RunRow> {
    const releases = [this.#keepLease(run, work), this.#watch(run, work)];
    try {
      const claimed = run.status === 'queued' ? await this.#waitForTurn(run, work) : run;
      if (claimed === undefined) return await this.#read(run);
      const ended = await runTurn({ core: this.#core, principal }, claimed, work);
      // The process that took the lease is about to end the run.
      return isActive(ended) ? await this.#whenIdle(run) : ended;
    } catch (error) {
      // Only the store can fail here: the lease lapses, and the process that finds the run ends it.
      this.#report(run)(error);
      if (isGone(error)) return { ...run, status: 'cancelled' };
      return await this.#read(run).catch(() => run);
    } finally {
      for (const release of releases) release();
    }
  }

  /**
   * Renews the lease periodically. The work stops if another process has the run or it has ended.
   */
  #keepLease(run: RunRow, { lease, controller }: RunWork): () => void {
    const renew = (): void => {
      lease.renew().then((isHeld) => {
        if (!isHeld) controller.abort();
      }, this.#report(run));
    };
    const timer = setInterval(renew, this.#core.runOptions.leaseMs / 3);
    timer.unref();
    return () => clearInterval(timer);
  }

  /** Ending the run writes to its thread, and the hint of that write stops the work immediately. */
  #watch(run: RunRow, { lease, controller }: RunWork): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = (): void => {
      timer = undefined;
      this.#read(run).then((row) => {
        if (!lease.keep(row)) controller.abort();
      }, this.#report(run));
    };
    const release = this.#core.hints.threads.subscribe(run.threadId, () => {
      timer ??= setTimeout(look, watchMs);
    });
    return () => {
      clearTimeout(timer);
      release();
    };
  }

  /** Waits until no run before this one is active. `undefined` if it was ended meanwhile. */
  async #waitForTurn(run: RunRow, work: RunWork): Promise<RunRow | undefined> {
    const { controller, lease } = work;
    const wakeup = streamWakeup(this.#core, run, controller.signal);
    try {
      for (;;) {
        wakeup.reset();
        const row = await this.#read(run);
        if (row.status !== 'queued' || controller.signal.aborted) return undefined;
        const claimed = await this.#claim(run);
        if (claimed && lease.keep(claimed)) return claimed;
        await wakeup.wait(hintMs);
      }
    } finally {
      wakeup.release();
    }
  }

  #claim(run: RunRow): Promise<RunRow | undefined> {
    const core = this.#core;
    return core.writer.write(run.threadId, async (draft) => {
      const row = await findRun({ core, draft }, run.id);
      if (row?.status !== 'queued') return undefined;
      const active = await findRunsBy({ core, draft }, ['queued', 'running']);
      const isBefore = (other: RunRow): boolean =>
        other.id !== row.id && (other.status === 'running' || other.id < row.id);
      const before = active.filter(isBefore);
      if (before.some((other) => (other.leaseExpiresAt ?? 0) > draft.nowMs)) return undefined;
      for (const other of before) await finishInDraft({ core, draft }, other, lapsed);
      draft.updateHead({});
      return writeRun(draft, { ...row, status: 'running', startedAt: draft.nowMs }, row);
    });
  }

  async #read(run: RunRow): Promise<RunRow> {
    const row = await this.#core.records.get(runs, [run.threadId, run.id]);
    if (row === undefined) throw new SkeinError('not_found', 'The run was not found.');
    return row;
  }

  #sweepSoon(delayMs: number): void {
    if (this.#isStopped) return;
    this.#sweepTimer = setTimeout(() => {
      this.#sweeping = this.#sweep()
        .catch((error: unknown) => this.#core.runOptions.onFailure(error, nobody))
        .finally(() => this.#sweepSoon(this.#core.runOptions.leaseMs / 3));
    }, delayMs);
    this.#sweepTimer.unref();
  }

  /** Ends the runs whose lease has lapsed, at most 100 per sweep, and deletes expired chunks. */
  async #sweep(): Promise<void> {
    // If no other process can have the store open, every earlier holder of a lease is dead.
    const all = this.#isFirstSweep && !this.#core.isShared;
    const rows = await this.#leases.first(100, { all });
    this.#isFirstSweep = rows.length === 100;
    for (const row of rows) if (!this.#holds(row)) await this.#endLapsed(row);
    const intervalMs = Math.min(streamSweepMs, this.#core.runOptions.streamTtlMs);
    if (performance.now() - this.#sweptStreamsAtMs < intervalMs) return;
    this.#sweptStreamsAtMs = performance.now();
    await sweepStreams(this.#core);
  }

  #holds(row: RunRow): boolean {
    return this.#working.get(row.id)?.lease.token === row.leaseToken;
  }

  /** A run that cannot be ended now must not block the others. */
  async #endLapsed(run: RunRow): Promise<void> {
    const { threadId, id, leaseToken } = run;
    try {
      await finishRun(this.#core, threadId, id, { ...lapsed, leaseToken });
    } catch (error) {
      this.#report(run)(error);
    }
  }

  #report(run: RunRow): (error: unknown) => void {
    return (error) => {
      if (isGone(error)) return;
      const { threadId, id: runId } = run;
      this.#core.runOptions.onFailure(error, { threadId, runId, error: lapsed.error });
    };
  }
}

/** The thread was deleted, and its runs with it. */
function isGone(error: unknown): boolean {
  return error instanceof SkeinError && error.code === 'not_found';
}

interface Work extends RunWork {
  readonly run: RunRow;
  readonly ended: Promise<RunRow>;
}

const stopped = {
  status: 'failed',
  error: {
    code: 'unavailable',
    message: 'The server was stopped while it worked on this answer. What it had written is kept.',
    retryable: true,
  },
} as const;

const nobody = { threadId: '', runId: '', error: lapsed.error };
/** How often to look without a hint, since hints may be lost. */
const hintMs = 500;
/** Several hints in a short time, as in a busy thread, cause only one look. */
const watchMs = 20;
const streamSweepMs = 60_000;

/** The supervisor of an open store. */
export const supervisorOf: (core: Core) => RunSupervisor = perStore(
  (core) => new RunSupervisor(core),
);
