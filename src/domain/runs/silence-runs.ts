import type { AfterCommit } from '../base/hooks.ts';
import { expireStream } from '../streams/expire-streams.ts';
import { streams, type ItemRow, type StreamRow } from '../../records/tables.ts';
import type { Drafting } from '../base/core.ts';
import { finishInDraft } from './finish-run.ts';
import { findInDraft } from '../log/draft-items.ts';
import type { ItemId } from '../../shared/ids.ts';
import { findRun, findRunsBy, isFinal, writeStream } from './run-rows.ts';

/**
 * Called when an item must disappear for good. Runs that answer it end. If it is an answer, runs
 * that still add to it end, and their streams can no longer be read: their chunks are deleted after
 * the commit, or by the next sweep.
 */
export async function silenceRuns(
  drafting: Drafting,
  answers: readonly ItemRow[],
  originalId: ItemId,
): Promise<AfterCommit> {
  const { core, draft } = drafting;
  await endAnswering(drafting, originalId);
  const own = answers.filter(({ threadId }) => threadId === draft.head.id);
  const silenced: StreamRow[] = [];
  for (const runId of new Set(own.map((row) => row.runId))) {
    if (runId === undefined) continue;
    const run = await findRun(drafting, runId);
    if (run && !isFinal(run.status)) await finishInDraft(drafting, run, { status: 'cancelled' });
    silenced.push(...(await silenceStreams(drafting, runId)));
  }
  return async () => {
    for (const stream of silenced) await expireStream(core, stream);
  };
}

/** What was taken back is not answered any more. What was answered before is kept. */
async function endAnswering(drafting: Drafting, originalId: ItemId): Promise<void> {
  for (const run of await findRunsBy(drafting, ['queued', 'running', 'interrupted'])) {
    const { inputItemId } = run;
    const input = inputItemId === undefined ? undefined : await findInDraft(drafting, inputItemId);
    if (input && (input.originalId ?? input.id) === originalId) {
      await finishInDraft(drafting, run, { status: 'cancelled' });
    }
  }
}

async function silenceStreams({ core, draft }: Drafting, runId: string): Promise<StreamRow[]> {
  const threadId = draft.head.id;
  const stored = await core.records.scan(streams, {
    index: 'byRun',
    prefix: [threadId, runId],
    limit: 1000,
  });
  const silenced: StreamRow[] = [];
  for (const row of stored) {
    const written = draft.findVersioned(streams, [threadId, row.id]);
    const now = written ? written.row : row;
    if (now === undefined) continue;
    const isEmpty = now.status === 'expired' && now.expiresAt === undefined;
    if (isEmpty) continue;
    // Already expired, so that the sweep finds it if this process dies before it has deleted the
    // chunks.
    const gone = { ...now, status: 'expired', snapshot: undefined, expiresAt: draft.nowMs };
    silenced.push(writeStream(draft, gone, now));
  }
  return silenced;
}
