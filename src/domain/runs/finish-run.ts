/**
 * The one way in which a run ends, whoever ends it: the process that ran it, somebody who stops it, a new
 * run that takes its place, or the sweep that finds its process dead. It happens inside the writer of the
 * thread, and a run that has ended is left as it is: the answer is stored once, whoever races.
 */
import { expectVersion, put } from '../../records/records.ts';
import {
  chunks as chunksTable,
  streams,
  type ItemRow,
  type RunRow,
  type StreamRow,
} from '../../records/tables.ts';
import type { ItemContent, ThreadDraft } from '../../records/thread-draft.ts';
import type { ThreadId } from '../../shared/ids.ts';
import { ConflictError } from '../../shared/error.ts';
import type { JsonObject, JsonValue } from '../../shared/json.ts';
import type { Core } from '../core.ts';
import { appendAnswer } from '../items/append-items.ts';
import { findInDraft } from '../items/draft-items.ts';
import { errorPartType } from '../items/item-view.ts';
import type { Part } from '../items/item.ts';
import { finishPartial } from '../streams/finish-partial.ts';
import { createFold } from '../streams/fold-chunks.ts';
import { mergeMetadata } from '../streams/merge-metadata.ts';
import { seqOf } from '../streams/stream-writer.ts';
import type { Chunk } from './responder.ts';
import type { RunError, RunStatus, Usage } from './run.ts';
import { findRun, findStreamOf, isFinal, writeRun, writeStream } from './run-rows.ts';

/** What an answer amounts to up to a chunk of its stream. */
export interface Answer {
  readonly seq: number;
  readonly parts: readonly Part[];
  readonly metadata: JsonObject;
  readonly usage: Usage | undefined;
}

export interface Ending {
  readonly status: Exclude<RunStatus, 'queued' | 'running'>;
  readonly error?: RunError;
  /** Only the holder of this lease may end the run so; left out, anybody may. */
  readonly leaseToken?: number;
  /** What the caller has made of the chunks; without it, or if more are stored, they are read again. */
  readonly answer?: Answer;
}

/** Reserved fields of an answer's metadata. */
export const partialField = 'skein:partial';
export const messageIdField = 'skein:messageId';

/** Ends a run. Returns it as it then is; one that has ended, or was taken by another process, as it was. */
export async function finishRun(
  core: Core,
  threadId: ThreadId,
  runId: string,
  ending: Ending,
): Promise<RunRow | undefined> {
  const finished = await core.writer.write(threadId, async (draft) => {
    const run = await findRun(core, draft, runId);
    return run && finishInDraft(core, draft, run, ending);
  });
  if (finished) core.streamHub.wake(threadId, finished.streamId);
  return finished;
}

/** Likewise as a part of a greater step, such as the start of the run that takes its place. */
export async function finishInDraft(
  core: Core,
  draft: ThreadDraft,
  run: RunRow,
  ending: Ending,
): Promise<RunRow> {
  const { status, error, leaseToken } = ending;
  if (isFinal(run.status) || run.status === status) return run;
  if (leaseToken !== undefined && leaseToken !== run.leaseToken) return run;
  const stream = await findStreamOf(core, draft, run);
  const isWorking = run.status === 'running' && stream?.status === 'active';
  const answer = isWorking ? await answerOf(core, stream, ending.answer) : undefined;
  const item = await storeAnswer(core, draft, run, ending, answer);
  if (isWorking) endStream(core, draft, stream, ending);
  else if (stream?.status === 'active')
    endStream(core, draft, stream, { ...ending, status: 'cancelled' });
  if (!item) draft.updateHead({}); // every step of a run is one of the thread, so that two cannot pass each other
  const ended: RunRow = {
    ...run,
    status,
    leaseExpiresAt: undefined,
    ...(item && { outputItemId: item.id }),
    ...(answer?.usage && { usage: answer.usage as JsonValue }), // an interface of numbers
    ...(error && { error: { ...error } }),
    ...(status !== 'interrupted' && { endedAt: draft.nowMs }),
  };
  return writeRun(draft, ended, run);
}

/** What the stored chunks amount to: the same for the process that made them and for one that finds them. */
async function answerOf(core: Core, stream: StreamRow, known: Answer | undefined): Promise<Answer> {
  const seq = seqOf(stream);
  if (known?.seq === seq) return known;
  const fold = createFold(continuedParts(stream));
  for await (const row of core.records.scanAll(chunksTable, [stream.threadId, stream.id])) {
    if (row.seq <= seq) for (const chunk of row.chunks) fold.add(chunk);
  }
  return { seq, parts: fold.parts, metadata: fold.metadata, usage: fold.usage };
}

/** The parts that an answer had before it was continued. */
export function continuedParts(stream: StreamRow): readonly Part[] | undefined {
  return stream.snapshot as readonly Part[] | undefined; // startStream put it there
}

async function storeAnswer(
  core: Core,
  draft: ThreadDraft,
  run: RunRow,
  ending: Ending,
  answer: Answer | undefined,
): Promise<ItemRow | undefined> {
  const parts = [...partsOf(ending.status, answer), ...errorParts(ending.error)];
  if (parts.length === 0) return undefined;
  const content = await contentOf(core, draft, run, parts, {
    ...answer?.metadata,
    ...(ending.status !== 'completed' && { [partialField]: true }),
  });
  return appendAnswer(core, draft, content);
}

function partsOf(status: RunStatus, answer: Answer | undefined): readonly Part[] {
  if (answer === undefined) return [];
  return status === 'completed' || status === 'interrupted'
    ? answer.parts
    : finishPartial(answer.parts);
}

/** People see what went wrong; the model never gets parts of this type. */
function errorParts(error: RunError | undefined): Part[] {
  return error ? [{ type: errorPartType, data: { ...error } }] : [];
}

async function contentOf(
  core: Core,
  draft: ThreadDraft,
  run: RunRow,
  parts: readonly Part[],
  metadata: JsonObject,
): Promise<ItemContent> {
  // An answer that is continued or tried again stands in the place of the one before, if that is still there.
  const { replacesId } = run;
  const replaced =
    replacesId === undefined ? undefined : await findInDraft(core, draft, replacesId);
  const isRevision = replaced !== undefined && replaced.redactedAt === undefined;
  const isContinued = isRevision && replaced.runId === run.id;
  return {
    role: 'assistant',
    parts,
    runId: run.id,
    parentId: run.inputItemId,
    visibility: 'visible',
    private: false,
    attempt: run.attempt,
    requestId: run.requestId,
    ...(isRevision && { replacesId: replaced.id }),
    // A key is unique in the thread: the revision of a message tells its name in another way.
    ...(isContinued ? {} : { key: run.messageId }),
    metadata: isContinued ? continuedMetadata(replaced, metadata, run) : metadata,
    createdAt: draft.nowMs,
  };
}

/** Clients add what they are told of a message to what they know of it. */
function continuedMetadata(replaced: ItemRow, added: JsonObject, run: RunRow): JsonObject {
  const { [partialField]: _partial, ...known } = replaced.metadata;
  return { ...mergeMetadata(known, added), [messageIdField]: run.messageId };
}

/** Readers learn from the last chunk how it ended. */
function endStream(
  core: Core,
  draft: ThreadDraft,
  stream: StreamRow,
  { status, error }: Ending,
): void {
  const last = lastChunk(status, error);
  const seq = seqOf(stream) + (last ? 1 : 0);
  const { threadId, id: streamId } = stream;
  if (last) draft.put(put(chunksTable, { threadId, streamId, seq, chunks: [last] }, null));
  const ended: StreamRow = {
    ...stream,
    status: status === 'completed' || status === 'interrupted' ? 'completed' : 'aborted',
    lastEventId: String(seq),
    expiresAt: draft.nowMs + core.runOptions.streamTtlMs,
  };
  writeStream(draft, ended, stream);
  core.tasks.sweepSoon();
}

function lastChunk(status: RunStatus, error: RunError | undefined): Chunk | undefined {
  if (status === 'failed') return { type: 'error', errorText: error?.message ?? 'The run failed.' };
  return status === 'cancelled' ? { type: 'abort' } : undefined;
}

/** Deletes the chunks of streams that ended a while ago, at most 100 streams a call. */
export async function sweepStreams(core: Core): Promise<void> {
  const expired = await core.records.scan(streams, {
    index: 'byExpiry',
    prefix: [],
    before: [core.clock()],
    limit: 100,
  });
  for (const row of expired) await expire(core, row);
}

async function expire({ records }: Core, row: StreamRow): Promise<void> {
  const { threadId, id } = row;
  // The chunks first: after a crash in between the stream is found again.
  await records.deletePrefix(chunksTable, [threadId, id]);
  const gone = { ...row, status: 'expired', expiresAt: undefined, version: row.version + 1 };
  const expects = [expectVersion(streams, [threadId, id], row.version)];
  try {
    await records.commit({ puts: [put(streams, gone, row)], expects });
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error; // another process has done it
  }
}
