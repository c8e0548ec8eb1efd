import type { RunRow } from '../../records/tables.ts';
import type { Core } from '../base/core.ts';
import { reportFailure } from './report-failure.ts';
import { mustStoredRun } from './run-rows.ts';
import type { RunWork } from './run-turn.ts';

/**
 * Stops the work on a run once another process has it or it has ended: renews the lease
 * periodically, and looks when something is written to the thread, as the end of a run is. Returns
 * the function that stops watching.
 */
export function watchRun(core: Core, run: RunRow, work: RunWork): () => void {
  const releases = [keepLease(core, run, work), lookOnHints(core, run, work)];
  return () => {
    for (const release of releases) release();
  };
}

function keepLease(core: Core, run: RunRow, { lease, controller }: RunWork): () => void {
  const renew = (): void => {
    lease.renew().then(
      (isHeld) => {
        if (!isHeld) controller.abort();
      },
      (error: unknown) => reportFailure(core, run, error),
    );
  };
  const timer = setInterval(renew, core.runOptions.leaseMs / 3);
  timer.unref();
  return () => clearInterval(timer);
}

function lookOnHints(core: Core, run: RunRow, { lease, controller }: RunWork): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = (): void => {
    timer = undefined;
    mustStoredRun(core, run).then(
      (row) => {
        if (!lease.keep(row)) controller.abort();
      },
      (error: unknown) => reportFailure(core, run, error),
    );
  };
  const release = core.hints.threads.subscribe(run.threadId, () => {
    timer ??= setTimeout(look, watchMs);
  });
  return () => {
    clearTimeout(timer);
    release();
  };
}

/** Several hints in a short time, as in a busy thread, cause only one look. */
const watchMs = 20;
