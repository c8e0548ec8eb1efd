import type { RunRow } from '../../records/tables.ts';
import { isoTime } from '../../shared/iso-time.ts';
import type { Run, RunStatus, Usage } from '../../api/run.ts';
import type { RunError } from '../../shared/run-failure.ts';

/** A run as callers see it. What a blind comparison hides is taken out by the caller (`maskRuns`). */
export function presentRun(row: RunRow): Run {
  return {
    id: row.id,
    threadId: row.threadId,
    // Rows hold what this folder put there.
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
