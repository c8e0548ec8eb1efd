import { runs, type ComparisonRow, type RunRow, type VoteRow } from '../../records/tables.ts';
import type { Reading } from '../base/core.ts';
import type { Run } from '../../api/run.ts';
import { isFinal } from '../runs/run-rows.ts';
import { publicThreadId } from '../../shared/ids.ts';
import { isoTime } from '../../shared/iso-time.ts';
import type {
  Comparison,
  ComparisonSide,
  ComparisonStatus,
  VoteChoice,
} from '../../api/comparison.ts';
import { maskRuns } from '../runs/present-run.ts';
import { votesOf } from './mask-blind-runs.ts';

/** Comparisons of one thread as this caller may see them, with the state of their runs. */
export async function presentComparisons(
  reading: Reading,
  rows: readonly ComparisonRow[],
): Promise<Comparison[]> {
  const { core } = reading;
  const keys = rows.flatMap(({ threadId, leftRunId, rightRunId }) => [
    [threadId, leftRunId],
    [threadId, rightRunId],
  ]);
  const runRows = await core.records.getExisting(runs, keys);
  const masked = await maskRuns(reading, runRows);
  const runsById = new Map(masked.map((run) => [run.id, run]));
  const cast = await votesOf(reading, rows);
  return rows.map((row) => presentOne(row, runsById, cast.get(row.id)));
}

function presentOne(
  row: ComparisonRow,
  runsById: ReadonlyMap<string, Run>,
  vote: VoteRow | undefined,
): Comparison {
  // The runs were written in the commit of the comparison, and are deleted with it.
  const [left, right] = [runsById.get(row.leftRunId)!, runsById.get(row.rightRunId)!];
  return {
    id: row.id,
    threadId: publicThreadId(row.threadId),
    ...(row.userId !== undefined && { userId: row.userId }),
    inputItemId: row.inputItemId,
    blind: row.blind,
    status: statusOf([left, right]),
    left: presentSide(left),
    right: presentSide(right),
    voteChoice: vote ? (vote.choice as VoteChoice) : null, // checked before it was stored
    requestId: row.requestId,
    createdAt: isoTime(row.createdAt),
  };
}

/** The status of a comparison from the runs of both sides. */
export function statusOf(sides: readonly Pick<RunRow, 'status'>[]): ComparisonStatus {
  if (sides.some(({ status }) => !isFinal(status))) return 'running';
  return sides.every(({ status }) => status === 'completed') ? 'completed' : 'failed';
}

function presentSide(run: Run): ComparisonSide {
  return {
    model: run.model ?? null,
    runId: run.id,
    streamId: run.streamId,
    messageId: run.messageId,
    status: run.status,
    outputItemId: run.outputItemId ?? null,
    timeMs: timeOf(run),
    ...(run.error && { error: run.error }),
  };
}

/**
 * How long a run worked, in milliseconds, without the time in which it waited for people; `null` if
 * it has not ended, or never started.
 */
export function timeOf({
  startedAt,
  endedAt,
  waitedMs = 0,
}: Pick<Run, 'startedAt' | 'endedAt' | 'waitedMs'>): number | null {
  if (startedAt === undefined || endedAt === undefined) return null;
  return Math.max(0, Date.parse(endedAt) - Date.parse(startedAt) - waitedMs);
}
