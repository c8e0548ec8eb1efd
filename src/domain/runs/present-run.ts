import type { RunRow } from '../../records/tables.ts';
import { isoTime } from '../../shared/iso-time.ts';
import type { Run, RunStatus, Usage } from '../../api/run.ts';
import type { Reading } from '../base/core.ts';
import type { RunError } from '../../shared/run-failure.ts';

/**
 * Runs as this caller may see them: without what a noun hides, such as the models of a blind
 * comparison.
 */
export async function maskRuns(reading: Reading, rows: readonly RunRow[]): Promise<readonly Run[]> {
  const { core } = reading;
  let runs: readonly Run[] = rows.map(presentRun);
  for (const onShowRuns of core.hooks.onShowRuns) {
    runs = await onShowRuns(reading, rows, runs);
  }
  return runs;
}

function presentRun(row: RunRow): Run {
  return {
    id: row.id,
    threadId: row.threadId,
    // This folder has put these values into the rows.
    status: row.status as RunStatus,
    ...(row.model !== undefined && { model: row.model }),
    ...(row.agent !== undefined && { agent: row.agent }),
    ...(row.userId !== undefined && { userId: row.userId }),
    ...(row.inputItemId !== undefined && { inputItemId: row.inputItemId }),
    ...(row.outputItemId !== undefined && { outputItemId: row.outputItemId }),
    messageId: row.messageId,
    streamId: row.streamId,
    ...(row.comparisonId !== undefined && { comparisonId: row.comparisonId }),
    attempt: row.attempt,
    // As the status.
    ...(row.usage !== undefined && { usage: row.usage as Usage }),
    ...(row.error !== undefined && { error: row.error as unknown as RunError }),
    metadata: structuredClone(row.metadata),
    requestId: row.requestId,
    createdAt: isoTime(row.createdAt),
    ...(row.startedAt !== undefined && { startedAt: isoTime(row.startedAt) }),
    ...(row.endedAt !== undefined && { endedAt: isoTime(row.endedAt) }),
    ...(row.waitedMs !== undefined && { waitedMs: row.waitedMs }),
    updatedAt: isoTime(row.updatedAt),
  };
}
