import type { RunRow } from '../../records/tables.ts';
import type { Principal } from '../../api/principal.ts';
import type { Core } from '../core.ts';
import { maskedRuns } from '../comparisons/masked-runs.ts';
import type { Run } from '../../api/run.ts';

/** Runs as this caller may see them: what a blind comparison hides is left out until the caller has voted. */
export function maskRuns(
  core: Core,
  principal: Principal,
  rows: readonly RunRow[],
): Promise<Run[]> {
  return maskedRuns(core, principal, rows);
}
