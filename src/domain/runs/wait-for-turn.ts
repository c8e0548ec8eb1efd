import type { RunRow } from '../../records/tables.ts';
import type { Core } from '../base/core.ts';
import { streamWakeup } from '../streams/stream-wakeup.ts';
import { finishInDraft, lapsed } from './finish-run.ts';
import { findRun, findRunsBy, hintMs, mustStoredRun, writeRun } from './run-rows.ts';
import type { RunWork } from './run-turn.ts';

/**
 * Waits until no run before this one is active, and makes it the running one. `undefined` if it was
 * ended meanwhile.
 */
export async function waitForTurn(
  core: Core,
  run: RunRow,
  { controller, lease }: RunWork,
): Promise<RunRow | undefined> {
  const wakeup = streamWakeup(core, run, controller.signal);
  try {
    for (;;) {
      wakeup.reset();
      const row = await mustStoredRun(core, run);
      if (row.status !== 'queued' || controller.signal.aborted) return undefined;
      const claimed = await claim(core, run);
      if (claimed && lease.keep(claimed)) return claimed;
      await wakeup.wait(hintMs);
    }
  } finally {
    wakeup.release();
  }
}

/** The run as it begins; `undefined` while a run before it is alive. Ends those that are not. */
function claim(core: Core, run: RunRow): Promise<RunRow | undefined> {
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
