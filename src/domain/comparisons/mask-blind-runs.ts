import {
  comparisons,
  votes,
  type ComparisonRow,
  type RunRow,
  type VoteRow,
} from '../../records/tables.ts';
import type { Principal } from '../../api/principal.ts';
import type { Core } from '../core.ts';
import { presentRun } from '../runs/present-run.ts';
import type { Run } from '../../api/run.ts';
import { blindError } from './blind-answer.ts';

/** Runs as this caller may see them: those of a blind comparison have no model before the caller has voted. */
export async function maskedRuns(
  core: Core,
  principal: Principal,
  rows: readonly RunRow[],
): Promise<Run[]> {
  const sides = rows.filter(({ comparisonId }) => comparisonId !== undefined);
  if (sides.length === 0) return rows.map(presentRun);
  const keys = new Map(
    sides.map(({ threadId, comparisonId }) => [
      `${threadId} ${comparisonId}`,
      [threadId, comparisonId!],
    ]),
  );
  const compared = await core.records.getExisting(comparisons, [...keys.values()]);
  const cast = await votesOf(core, principal, compared);
  // A run whose comparison cannot be found stays masked: better too little than too much.
  const known = new Set(
    compared.filter((row) => !row.blind || cast.has(row.id)).map(({ id }) => id),
  );
  return rows.map((row) => {
    const { comparisonId } = row;
    return comparisonId === undefined || known.has(comparisonId) ? presentRun(row) : maskRun(row);
  });
}

function maskRun(row: RunRow): Run {
  const { model: _model, agent: _agent, error, ...run } = presentRun(row);
  return error ? { ...run, error: blindError(error) } : run;
}

/** The caller's votes on these comparisons of one thread, by the comparison's id. */
export async function votesOf(
  core: Core,
  { userId }: Principal,
  rows: readonly ComparisonRow[],
): Promise<ReadonlyMap<string, VoteRow>> {
  if (userId === undefined || rows.length === 0) return new Map();
  const keys = rows.map(({ threadId, id }) => [threadId, id, userId]);
  const cast = await core.records.getExisting(votes, keys);
  return new Map(cast.map((row) => [row.comparisonId, row]));
}
