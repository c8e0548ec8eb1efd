import type { AfterCommit } from '../base/hooks.ts';
import { expireStream } from '../streams/expire-streams.ts';
import { streams, type ItemRow, type StreamRow } from '../../records/tables.ts';
import type { Drafting } from '../base/core.ts';
import { finishInDraft } from './finish-run.ts';
import { findRun, isFinal, writeStream } from './run-rows.ts';

/**
 * Called when these answers must disappear for good: runs that still add to them end, and their
 * streams can no longer be read. Their chunks are deleted after the commit, or by the next sweep.
 */
export async function silenceRuns(
  drafting: Drafting,
  answers: readonly ItemRow[],
): Promise<AfterCommit> {
  const { core, draft } = drafting;
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
