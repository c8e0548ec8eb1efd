import { SkeinError } from '../../shared/error.ts';
import { newUuidV7 } from '../../shared/ids.ts';
import type { ItemRow, RunRow, StreamRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import { findNewestAttempt } from './find-attempt.ts';
import { continuedRun } from './make-room.ts';
import { mustItem } from './run-input.ts';
import type { NewAnswer, Start } from './run-request.ts';
import { writeRun, writeStream } from './run-rows.ts';

export async function createRuns(
  start: Start,
  draft: ThreadDraft,
  input: ItemRow,
  isQueued: boolean,
): Promise<RunRow[]> {
  const { core, answers, replacesId, prepared, isRetry = false } = start;
  const continued = await continuedRun(start, draft);
  if (continued) return [await continueRun(start, draft, continued, isQueued)];
  const isFresh = prepared.length > 0 && !isRetry;
  const before = isFresh ? undefined : await findNewestAttempt(core, draft, input.id);
  const rows: RunRow[] = [];
  for (const [i, answer] of answers.entries()) {
    const row = newRun(start, draft, {
      input,
      answer,
      isQueued,
      attempt: (before?.attempt ?? 0) + 1,
    });
    const named = i === 0 && start.messageId !== undefined ? { messageId: start.messageId } : {};
    const replaces =
      replacesId === undefined
        ? {}
        : { replacesId: (await mustItem(core, draft, replacesId, 'replacesId')).id };
    const run = { ...row, ...named, ...replaces };
    rows.push(writeRun(draft, run, undefined));
    writeStream(draft, newStream(run, draft.nowMs), undefined);
  }
  return rows;
}

interface RunPlan {
  readonly input: ItemRow;
  readonly answer: NewAnswer;
  readonly isQueued: boolean;
  readonly attempt: number;
}

function newRun(
  { core, principal, metadata = {}, requestId }: Start,
  draft: ThreadDraft,
  { input, answer, isQueued, attempt }: RunPlan,
): RunRow {
  const { nowMs, head } = draft;
  const { name, kind } = answer.responder;
  return {
    threadId: head.id,
    id: newUuidV7(nowMs),
    projectId: head.projectId,
    userId: principal.userId,
    status: isQueued ? 'queued' : 'running',
    ...(kind === 'model' ? { model: name } : { agent: name }),
    inputItemId: input.id,
    messageId: newUuidV7(nowMs),
    streamId: newUuidV7(nowMs),
    ...(answer.comparisonId !== undefined && { comparisonId: answer.comparisonId }),
    attempt,
    metadata,
    requestId,
    leaseToken: 1,
    leaseExpiresAt: nowMs + core.runOptions.leaseMs,
    createdAt: nowMs,
    ...(!isQueued && { startedAt: nowMs }),
    updatedAt: nowMs,
    version: 1,
  };
}

function newStream(run: RunRow, nowMs: number, snapshot?: StreamRow['snapshot']): StreamRow {
  return {
    threadId: run.threadId,
    id: run.streamId,
    runId: run.id,
    status: 'active',
    resumeToken: crypto.randomUUID(),
    snapshot,
    createdAt: nowMs,
    updatedAt: nowMs,
    version: 1,
  };
}

/** A run that waited for people goes on: the same run and message, with a stream of its own. */
async function continueRun(
  start: Start,
  draft: ThreadDraft,
  run: RunRow,
  isQueued: boolean,
): Promise<RunRow> {
  if (isQueued) throw new SkeinError('conflict', 'Another run is active in this thread.');
  const replaced = await mustItem(start.core, draft, start.replacesId!, 'replacesId'); // continuedRun found it
  const next: RunRow = {
    ...run,
    status: 'running',
    replacesId: replaced.id,
    streamId: newUuidV7(draft.nowMs),
    leaseToken: run.leaseToken + 1,
    leaseExpiresAt: draft.nowMs + start.core.runOptions.leaseMs,
  };
  writeStream(draft, newStream(next, draft.nowMs, replaced.parts), undefined);
  return writeRun(draft, next, run);
}
