import type { RunRow } from '../../records/tables.ts';
import { SkeinError } from '../../shared/error.ts';
import type { Core } from '../base/core.ts';
import { lapsed } from './finish-run.ts';

/**
 * Tells the operator of a failure around a run: to people it shows as a run whose process died. A
 * thread that was deleted with its runs is no failure.
 */
export function reportFailure(core: Core, { threadId, id: runId }: RunRow, error: unknown): void {
  if (isGone(error)) return;
  core.runOptions.onFailure(error, { threadId, runId, error: lapsed.error });
}

/** The thread was deleted, and its runs with it. */
export function isGone(error: unknown): boolean {
  return error instanceof SkeinError && error.code === 'not_found';
}
