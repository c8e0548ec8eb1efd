import type { Drafting } from '../base/core.ts';
import { findRunsBy, writeRun } from './run-rows.ts';

/**
 * Called when the thread is being deleted: nothing more is stored of its runs, however fast they
 * write. Their rows and streams are deleted with the thread.
 */
export async function dropRuns(drafting: Drafting): Promise<void> {
  const { draft } = drafting;
  for (const run of await findRunsBy(drafting, ['running'])) {
    const ended = { status: 'cancelled', leaseExpiresAt: undefined, endedAt: draft.nowMs };
    writeRun(draft, { ...run, ...ended }, run);
  }
}
