import {
  comparisons,
  votes,
  type ComparisonRow,
  type RunRow,
  type VoteRow,
} from '../../records/tables.ts';
import { neutralError } from '../../shared/run-failure.ts';
import type { Reading } from '../base/core.ts';
import type { Run } from '../../api/run.ts';

/** Removes the models from the runs of blind comparisons on which the caller has not voted. */
export async function maskBlindRuns(
  reading: Reading,
  rows: readonly RunRow[],
  runs: readonly Run[],
): Promise<readonly Run[]> {
  const sides = rows.filter(({ comparisonId }) => comparisonId !== undefined);
  if (sides.length === 0) return runs;
  const keys = new Map(
    sides.map(({ threadId, comparisonId }) => [
      `${threadId} ${comparisonId}`,
      [threadId, comparisonId!],
    ]),
  );
  const compared = await reading.core.records.getExisting(comparisons, [...keys.values()]);
  const cast = await votesOf(reading, compared);
  // A run whose comparison is not found stays masked, to be safe.
  const known = new Set(
    compared.filter((row) => !row.blind || cast.has(row.id)).map(({ id }) => id),
  );
  return runs.map((run, i) => {
    const { comparisonId } = rows[i]!; // a row for each run
    return comparisonId === undefined || known.has(comparisonId) ? run : maskRun(run);
  });
}

function maskRun({ model: _model, agent: _agent, error, ...run }: Run): Run {
  return error ? { ...run, error: neutralError(error) } : run;
}

/** The caller's votes on these comparisons of one thread, by comparison id. */
export async function votesOf(
  { core, principal: { userId } }: Reading,
  rows: readonly ComparisonRow[],
): Promise<ReadonlyMap<string, VoteRow>> {
  if (userId === undefined || rows.length === 0) return new Map();
  const keys = rows.map(({ threadId, id }) => [threadId, id, userId]);
  const cast = await core.records.getExisting(votes, keys);
  return new Map(cast.map((row) => [row.comparisonId, row]));
}
