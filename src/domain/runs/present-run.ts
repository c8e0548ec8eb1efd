import type { RunRow } from '../../records/tables.ts';
import { publicThreadId } from '../../shared/ids.ts';
import { isoTime } from '../../shared/iso-time.ts';
import { copyJson } from '../../shared/json.ts';
import type { Run, RunStatus, Usage } from '../../api/run.ts';
import type { Reading } from '../base/core.ts';
import { neutralError, type RunError } from '../../shared/run-failure.ts';
import { isOwner } from '../access/authorize.ts';

/**
 * Runs of one thread as this caller may see them: without what a noun hides, such as the models of
 * a blind comparison. Only the thread's owner reads the provider's words about a failure.
 */
export async function maskRuns(reading: Reading, rows: readonly RunRow[]): Promise<readonly Run[]> {
  const { core } = reading;
  const isNeutral = await areErrorsNeutral(reading, rows);
  let runs: readonly Run[] = rows.map((row) => presentRun(row, isNeutral));
  for (const onShowRuns of core.hooks.onShowRuns) {
    runs = await onShowRuns(reading, rows, runs);
  }
  return runs;
}

/** Most runs have not failed: then it does not matter whose thread it is. */
async function areErrorsNeutral(
  { core, principal }: Reading,
  rows: readonly RunRow[],
): Promise<boolean> {
  const failed = rows.find(({ error }) => error !== undefined);
  const head = failed && (await core.writer.head(failed.threadId));
  return head === undefined || !isOwner(principal, head);
}

function presentRun(row: RunRow, isNeutral: boolean): Run {
  const error = row.error as RunError | undefined; // `finish-run.ts` has put it there
  return {
    id: row.id,
    threadId: publicThreadId(row.threadId),
    // This folder has put these values into the rows.
    status: row.status as RunStatus,
    ...(row.model !== undefined && { model: row.model }),
    ...(row.agent !== undefined && { agent: row.agent }),
    ...(row.userId !== undefined && { userId: row.userId }),
    ...(row.authorId !== undefined && { authorId: row.authorId, links: row.links ?? 1 }),
    ...(row.inputItemId !== undefined && { inputItemId: row.inputItemId }),
    ...(row.outputItemId !== undefined && { outputItemId: row.outputItemId }),
    messageId: row.messageId,
    streamId: row.streamId,
    ...(row.comparisonId !== undefined && { comparisonId: row.comparisonId }),
    attempt: row.attempt,
    // As the status.
    ...(row.usage !== undefined && { usage: row.usage as Usage }),
    ...(error && { error: isNeutral ? neutralError(error) : error }),
    metadata: copyJson(row.metadata),
    requestId: row.requestId,
    createdAt: isoTime(row.createdAt),
    ...(row.startedAt !== undefined && { startedAt: isoTime(row.startedAt) }),
    ...(row.endedAt !== undefined && { endedAt: isoTime(row.endedAt) }),
    ...(row.waitedMs !== undefined && { waitedMs: row.waitedMs }),
    updatedAt: isoTime(row.updatedAt),
  };
}
