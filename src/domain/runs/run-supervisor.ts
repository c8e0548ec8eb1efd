import { streamWakeup } from '../streams/stream-wakeup.ts';
import { perStore } from '../base/per-store.ts';
import type { RunRow } from '../../records/tables.ts';
import type { Principal } from '../../api/principal.ts';
import type { Core } from '../base/core.ts';
import { finishRun } from './finish-run.ts';
import { LapsedRuns } from './lapsed-runs.ts';
import { isGone, reportFailure } from './report-failure.ts';
import { hintMs, mustStoredRun } from './run-rows.ts';
import { isActive, RunLease } from './run-lease.ts';
import { runTurn, type RunWork } from './run-turn.ts';
import type { NewAnswer } from './run-request.ts';
import { waitForTurn } from './wait-for-turn.ts';
import { watchRun } from './watch-run.ts';

/**
 * Executes the runs of this process, and ends those whose process has died.
 *
 * One process at a time works on a run, the holder of its lease, which it renews while it works.
 * When a lease lapses, any process ends the run as failed, with what it had written.
 *
 * Invariant: a run's work never rejects.
 */
class RunSupervisor {
  readonly #core: Core;
  readonly #lapsed: LapsedRuns;
  readonly #working = new Map<string, Work>();
  /** Its runs have ended, as far as they could be: none waits for the end of one any more. */
  #isEnded = false;
  #isStopping = false;

  constructor(core: Core) {
    this.#core = core;
    this.#lapsed = new LapsedRuns(core, ({ id, leaseToken }) => {
      return this.#working.get(id)?.lease.token === leaseToken;
    });
  }

  /** Ends what an earlier process left, in the background, and keeps sweeping. */
  start(): void {
    this.#lapsed.start();
  }

  /** Works on a run that this process has begun until it ends. Resolves to its final state. */
  work(run: RunRow, principal: Principal, answer: NewAnswer): Promise<RunRow> {
    this.#lapsed.noteLease();
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

  /** Stops the work on a run that was ended, if this process works on it. */
  abort(runId: string): void {
    this.#working.get(runId)?.controller.abort();
  }

  /** Whether the store closes: no run should begin. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Ends the runs of this process, with what they have written. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#lapsed.stop();
    const works = [...this.#working.values()];
    await Promise.all(works.map((work) => this.#stopOne(work)));
    this.#isEnded = true;
    await Promise.all(works.map(({ ended }) => ended));
  }

  async #stopOne({ run, controller }: Work): Promise<void> {
    await finishRun(this.#core, run.threadId, run.id, stopped).catch((error: unknown) =>
      reportFailure(this.#core, run, error),
    );
    controller.abort();
  }

  async #work(run: RunRow, principal: Principal, work: RunWork): Promise<RunRow> {
    const core = this.#core;
    const release = watchRun(core, run, work);
    try {
      const claimed = run.status === 'queued' ? await waitForTurn(core, run, work) : run;
      if (claimed === undefined) return await mustStoredRun(core, run);
      const ended = await runTurn({ core, principal: readerOf(run, principal) }, claimed, work);
      // The process that took the lease is about to end the run.
      return isActive(ended) ? await this.#whenIdle(run) : ended;
    } catch (error) {
      // Only the store can fail here: the lease lapses, and the process that finds the run ends it.
      reportFailure(core, run, error);
      if (isGone(error)) return { ...run, status: 'cancelled' };
      return await mustStoredRun(core, run).catch(() => run);
    } finally {
      release();
    }
  }

  async #whenIdle(run: RunRow): Promise<RunRow> {
    const wakeup = streamWakeup(this.#core, run);
    try {
      for (;;) {
        wakeup.reset();
        const row = await mustStoredRun(this.#core, run);
        if (!isActive(row) || this.#isEnded || !this.#core.isOpen()) return row;
        await wakeup.wait(hintMs);
      }
    } finally {
      wakeup.release();
    }
  }
}

/** An agent that takes part reads with its own rights, not with those of its asker. */
function readerOf({ authorId, projectId }: RunRow, asker: Principal): Principal {
  return authorId === undefined ? asker : { projectId, userId: authorId };
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

/** The supervisor of an open store. */
export const supervisorOf: (core: Core) => RunSupervisor = perStore(
  (core) => new RunSupervisor(core),
);
