import type { Principal } from '../../api/principal.ts';
import type { Run } from '../../api/run.ts';
import type { RunRow } from '../../records/tables.ts';
import type { Core } from '../base/core.ts';
import { presentRun } from './present-run.ts';

/** Runs as this caller may see them: without what a noun hides, such as the models of a blind comparison. */
export async function maskRuns(
  core: Core,
  principal: Principal,
  rows: readonly RunRow[],
): Promise<readonly Run[]> {
  let runs: readonly Run[] = rows.map(presentRun);
  for (const onShowRuns of core.hooks.onShowRuns) {
    runs = await onShowRuns(core, principal, rows, runs);
  }
  return runs;
}
