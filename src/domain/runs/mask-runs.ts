import type { Run } from '../../api/run.ts';
import type { RunRow } from '../../records/tables.ts';
import type { Reading } from '../base/core.ts';
import { presentRun } from './present-run.ts';

/** Runs as this caller may see them: without what a noun hides, such as the models of a blind comparison. */
export async function maskRuns(reading: Reading, rows: readonly RunRow[]): Promise<readonly Run[]> {
  const { core } = reading;
  let runs: readonly Run[] = rows.map(presentRun);
  for (const onShowRuns of core.hooks.onShowRuns) {
    runs = await onShowRuns(reading, rows, runs);
  }
  return runs;
}
