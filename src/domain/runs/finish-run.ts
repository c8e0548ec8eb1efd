/**
 * The one way in which a run ends, whether by the process that ran it, a caller that stops it, a
 * new run that takes its place, or the sweep that finds its process dead. It happens inside the
 * thread's writer, and a run that has ended stays as it is: the answer is stored once, however many
 * try.
 */
import { streamHintKey } from '../../records/hints.ts';
import { put } from '../../records/records.ts';
import { chunks as chunksTable, runs, type RunRow, type StreamRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import type { StoredThreadId } from '../../shared/ids.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { Core, Drafting } from '../base/core.ts';
import { closingChunks, finishPartial } from '../streams/finish-partial.ts';
import { hasExpired } from '../streams/expire-streams.ts';
import { seqOf } from '../streams/stream-writer.ts';
import { readAnswer, type Answer } from './read-answer.ts';
import type { Chunk } from '../../api/responder.ts';
import type { RunStatus, Usage } from '../../api/run.ts';
import { neutralError, type RunError } from '../../shared/run-failure.ts';
import { mayRepeatRedacted } from './neutralize-errors.ts';
import { findRun, findStreamOf, isFinal, writeRun, writeStream } from './run-rows.ts';
import { takeLease, type TakenLease } from './run-lease.ts';
import { closeAnswer, storeAnswer, type Ending } from './store-answer.ts';

/**
 * Ends a run and returns it. A run that has ended, or that another process has taken, is returned
 * unchanged.
 */
export async function finishRun(
  core: Core,
  threadId: StoredThreadId,
  runId: string,
  ending: Ending,
): Promise<RunRow | undefined> {
  const finished = await core.writer.write(threadId, async (draft) => {
    const run = await findRun({ core, draft }, runId);
    return run && finishInDraft({ core, draft }, run, ending);
  });
  if (finished) core.hints.streams.wake(streamHintKey(threadId, finished.streamId));
  return finished;
}

/** Likewise as part of a larger step, such as the start of the run that takes its place. */
export async function finishInDraft(
  drafting: Drafting,
  run: RunRow,
  ending: Ending,
): Promise<RunRow> {
  const { core, draft } = drafting;
  const isHeld = isHeldByOther(drafting, run, ending);
  const taken = isHeld ? takenLease(draft, run) : undefined;
  if (!mayEndSo(run, ending, taken)) return run;
  if (isHeld && !taken) {
    draft.doFirst(leaseOf(run), () => takeLease(core, run));
    return run;
  }
  const stream = await findStreamOf(drafting, run);
  const isOpen = stream?.status === 'active';
  const isWorking = isOpen && run.status === 'running';
  const answer = isWorking
    ? await answerOf(core, stream, ending.answer ?? taken?.answer)
    : undefined;
  const { status } = ending;
  const error = await errorOf(drafting, run, ending);
  const told = { ...ending, ...(error && { error }) };
  const closed = run.status === 'interrupted' ? await closeAnswer(drafting, run) : undefined;
  const item = closed?.item ?? (await storeAnswer(drafting, run, told, answer));
  const closing =
    status === 'failed' || status === 'cancelled'
      ? closingChunks(closed?.before ?? finishPartial(answer?.parts ?? []))
      : [];
  if (isOpen) endStream(drafting, stream, isWorking ? told : { status: 'cancelled' }, closing);
  else if (stream) addLastChunks(drafting, stream, closing);
  // Every step of a run is a step of the thread, so that two cannot overlap.
  if (!item) draft.updateHead({});
  // This file has put the value into the row.
  const usage = answer?.usage ?? (run.usage as Usage | undefined);
  const ended: RunRow = {
    ...run,
    status,
    leaseExpiresAt: undefined,
    ...(item && { outputItemId: item.id }),
    ...(usage && { usage: usage as JsonValue }), // an interface of numbers
    ...(error && { error: { ...error } }),
    ...(status !== 'interrupted' && { endedAt: draft.nowMs }),
  };
  const written = writeRun(draft, ended, run);
  for (const onEndRun of core.hooks.onEndRun) await onEndRun(drafting, written, item);
  return written;
}

/**
 * The process that works on a run ends it when it has stored all. Any other must lock it out
 * before, unless the run began in this very commit.
 */
function isHeldByOther({ draft }: Drafting, run: RunRow, { answer }: Ending): boolean {
  if (run.status !== 'running' || answer !== undefined) return false;
  return draft.findVersioned(runs, [run.threadId, run.id]) === undefined;
}

function takenLease(draft: ThreadDraft, run: RunRow): TakenLease | undefined {
  const taken = draft.doneFirst(leaseOf(run)) as TakenLease | undefined; // `finishInDraft` asked
  const isOurs = taken && taken.token > taken.from && taken.token === run.leaseToken;
  return isOurs ? taken : undefined;
}

function leaseOf(run: RunRow): string {
  return `lease of ${run.id}`;
}

/**
 * A run ends once, and only as the holder of its lease says, where the ending names a lease. A run
 * that waits for people has no lease: a sweep that found it lapsed a moment before comes too late.
 */
function mayEndSo(run: RunRow, { status, leaseToken }: Ending, taken?: TakenLease): boolean {
  if (isFinal(run.status) || run.status === status) return false;
  if (leaseToken === undefined) return true;
  return leaseToken === (taken?.from ?? run.leaseToken) && run.leaseExpiresAt !== undefined;
}

/** What was redacted while the run was at work does not come back in a provider's words. */
async function errorOf(
  drafting: Drafting,
  run: RunRow,
  { error }: Ending,
): Promise<RunError | undefined> {
  return error && (await mayRepeatRedacted(drafting, run)) ? neutralError(error) : error;
}

async function answerOf(core: Core, stream: StreamRow, known: Answer | undefined): Promise<Answer> {
  const seq = seqOf(stream);
  return known?.seq === seq ? known : readAnswer(core, stream, seq);
}

/** A run that continued after waiting for people has used the tokens of both parts. */
/** Ends a run's stream together with the run. Its last chunks tell readers how it ended. */
function endStream(
  { core, draft }: Drafting,
  stream: StreamRow,
  { status, error }: Pick<Ending, 'status' | 'error'>,
  closing: readonly Chunk[],
): void {
  const seq = putChunks(draft, stream, [...closing, ...lastChunks(status, error)]);
  const ended: StreamRow = {
    ...stream,
    status: status === 'completed' || status === 'interrupted' ? 'completed' : 'aborted',
    lastEventId: String(seq),
    expiresAt: draft.nowMs + core.runOptions.streamTtlMs,
  };
  writeStream(draft, ended, stream);
  core.tasks.sweepSoon();
}

/** The stream of a run that waited has ended: who reads it again must not be asked again. */
function addLastChunks({ draft }: Drafting, stream: StreamRow, closing: readonly Chunk[]): void {
  if (closing.length === 0 || hasExpired(stream, draft.nowMs)) return;
  const seq = putChunks(draft, stream, closing);
  writeStream(draft, { ...stream, lastEventId: String(seq) }, stream);
}

function putChunks(draft: ThreadDraft, stream: StreamRow, chunks: readonly Chunk[]): number {
  const seq = seqOf(stream) + chunks.length;
  const { threadId, id: streamId } = stream;
  if (chunks.length > 0) draft.put(put(chunksTable, { threadId, streamId, seq, chunks }, null));
  return seq;
}

function lastChunks(status: RunStatus, error: RunError | undefined): Chunk[] {
  const errorText = error?.message ?? 'The run failed.';
  if (status === 'failed') return [{ type: 'error', errorText }];
  return status === 'cancelled' ? [{ type: 'abort' }] : [];
}

/** How a run ends whose process has not renewed its lease. */
export const lapsed = {
  status: 'failed',
  error: {
    code: 'lease_expired',
    message: 'The server that worked on this answer has gone away. What it had written is kept.',
    retryable: true,
  },
} as const;
