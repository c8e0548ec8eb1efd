/**
 * A provider's words about a failure may repeat any text of the thread that the model was given. So
 * a redaction puts the store's own words in their place: in the failed runs of the thread, in their
 * answers and in their streams. Comparisons show the errors of their runs.
 */
import { chunks as chunksTable, changes, items, runs, taskQueue } from '../../records/tables.ts';
import type { RunRow, StreamRow, TaskRow } from '../../records/tables.ts';
import { newTask } from '../../records/new-task.ts';
import { put } from '../../records/records.ts';
import { jsonEqual } from '../../shared/json.ts';
import { errorPartType } from '../../shared/parts.ts';
import { neutralError, neutralMessage, type RunError } from '../../shared/run-failure.ts';
import type { Core, Drafting } from '../base/core.ts';
import { writeIfThere } from '../forks/owe-forks.ts';
import { withNeutralErrors } from '../log/item-view.ts';
import { seqOf } from '../streams/stream-writer.ts';
import { findRun, findStreamOf, writeRun, writeStream } from './run-rows.ts';

/** A commit takes at most this many runs along, each with its answer and its last chunk. */
const stepMax = 25;

/** The failed runs of the draft's thread; those beyond the first are a promised task. */
export async function neutralizeErrors(drafting: Drafting): Promise<void> {
  const { core, draft } = drafting;
  const stored = await failedRuns(core, draft.head.id);
  const pending = draft.listVersioned(runs);
  for (const id of new Set([...stored, ...pending].map((run) => run.id))) {
    await neutralizeRun(drafting, id);
  }
  if (stored.length < stepMax) return;
  const task = newTask(draft.nowMs, { kind: 'neutralize-errors', threadId: draft.head.id });
  draft.put(put(taskQueue, task, null));
}

/** The promised part. May run again. */
export async function neutralizeRest(core: Core, { threadId }: TaskRow): Promise<void> {
  let after: string | undefined;
  for (;;) {
    const failed = await failedRuns(core, threadId, after);
    await writeIfThere(core, threadId, async (draft) => {
      // A step of the version: another process may be about to rewrite one of the items.
      draft.head = { ...draft.head };
      for (const { id } of failed) await neutralizeRun({ core, draft }, id);
    });
    after = failed.at(-1)?.id;
    if (failed.length < stepMax) return;
  }
}

function failedRuns(core: Core, threadId: string, after?: string): Promise<RunRow[]> {
  return core.records.scan(runs, {
    index: 'byStatus',
    prefix: [threadId, 'failed'],
    limit: stepMax,
    ...(after !== undefined && { after: [after] }),
  });
}

async function neutralizeRun(drafting: Drafting, id: string): Promise<void> {
  const run = await findRun(drafting, id);
  if (run?.error === undefined) return;
  const neutral = neutralError(run.error as unknown as RunError); // see `finish-run.ts`
  if (jsonEqual(run.error, { ...neutral })) return;
  writeRun(drafting.draft, { ...run, error: { ...neutral } }, run);
  await neutralizeAnswer(drafting, run);
  const stream = await findStreamOf(drafting, run);
  if (stream) await neutralizeStream(drafting, stream, neutral);
}

/** The part with the error is in the last item of a run. */
async function neutralizeAnswer({ core, draft }: Drafting, run: RunRow): Promise<void> {
  const stored = await core.records.scan(items, {
    index: 'byRun',
    prefix: [draft.head.id, run.id],
    reverse: true,
    limit: answersMax,
  });
  const pending = draft.appended.filter(({ runId }) => runId === run.id);
  for (const row of [...stored, ...pending]) {
    const now = draft.findItem(row.id) ?? row;
    if (now.role === 'user' || now.parts.every(({ type }) => type !== errorPartType)) continue;
    draft.rewriteItem(withNeutralErrors(now), row);
  }
}

const answersMax = 3;

/** The error is the last chunk, in a group of its own. */
async function neutralizeStream(
  { core, draft }: Drafting,
  stream: StreamRow,
  { code }: RunError,
): Promise<void> {
  const key = [draft.head.id, stream.id, seqOf(stream)];
  const group = draft.findPut(chunksTable, key) ?? (await core.records.get(chunksTable, key));
  if (stream.status === 'expired' || group?.chunks.at(-1)?.type !== 'error') return;
  const chunk = { type: 'error', errorText: neutralMessage(code) };
  draft.put(put(chunksTable, { ...group, chunks: [...group.chunks.slice(0, -1), chunk] }));
  // Guards against a sweep that deletes the chunks of the expired stream at the same time.
  writeStream(draft, stream, stream);
}

/**
 * Whether the model of a run may have been given a text that was redacted since. Clocks of servers
 * differ a little; after many amendments the answer is yes.
 */
export async function mayRepeatRedacted({ core, draft }: Drafting, run: RunRow): Promise<boolean> {
  const sinceMs = run.createdAt - clockSkewMs;
  const stored = await core.records.scan(changes, {
    prefix: [draft.head.id],
    reverse: true,
    limit: changesMax,
  });
  const pending = draft.toThreadCommit()?.changes ?? [];
  const recent = [...pending, ...stored].filter(({ createdAt }) => createdAt >= sinceMs);
  return recent.length >= changesMax || recent.some(({ type }) => type === 'redaction');
}

const changesMax = 100;
const clockSkewMs = 5000;
