import { type RunRow, streams } from '../../records/tables.ts';
import { backOff, whileDatabaseIsAway } from '../../shared/backoff.ts';
import { SkeinError } from '../../shared/error.ts';
import { toJsonObject } from '../../shared/json.ts';
import type { Core, Reading } from '../base/core.ts';
import { isWaiting } from '../streams/finish-partial.ts';
import { createFold, type Fold } from '../streams/fold-chunks.ts';
import { StreamWriter } from '../streams/stream-writer.ts';
import { nameAfterRun } from '../threads/generate-title.ts';
import { sizeBound } from '../../shared/validate.ts';
import type { Ending } from './store-answer.ts';
import { finishRun } from './finish-run.ts';
import { continuedParts } from './read-answer.ts';
import type { Chunk, Responder, TurnContext } from '../../api/responder.ts';
import { readContext } from './run-context.ts';
import { RunFailure, toRunError } from '../../shared/run-failure.ts';
import type { NewAnswer } from './run-request.ts';

/**
 * Works on a run until it ends: passes the context to the responder, makes its chunks durable, and
 * stores the answer. Aborting `controller` stops the work at once, whatever the responder does.
 */
export async function runTurn(
  reading: Reading,
  run: RunRow,
  answer: NewAnswer,
  controller: AbortController,
): Promise<RunRow> {
  const { core } = reading;
  const stream = await core.records.get(streams, [run.threadId, run.streamId]);
  // The run was ended, or its thread deleted, before the work began.
  if (stream?.status !== 'active') return run;
  const fold = createFold(continuedParts(stream));
  const writer = new StreamWriter(core, stream, core.runOptions.flushIntervalMs, () =>
    controller.abort(),
  );
  const ending = await produce(reading, run, { answer, fold, writer, controller });
  await writer.flush();
  const { parts, metadata, usage } = fold;
  const answered = { seq: writer.seq, parts, metadata, usage };
  const { leaseToken } = run;
  const finished = await finishPatiently(core, run, { ...ending, leaseToken, answer: answered });
  // In the background, without effect on the run's result.
  if (finished.status === 'completed') void nameAfterRun(core, finished, answer.responder);
  return finished;
}

/**
 * A complete answer is not given up because the database is briefly unavailable; the lease is held
 * meanwhile.
 */
async function finishPatiently(core: Core, run: RunRow, ending: Ending): Promise<RunRow> {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await finishRun(core, run.threadId, run.id, ending)) ?? run;
    } catch (error) {
      const isAway = error instanceof SkeinError && error.code === 'unavailable';
      if (!isAway || !core.isOpen()) throw error;
      if (!(await backOff(attempt, whileDatabaseIsAway))) throw error;
    }
  }
}

interface Production {
  readonly answer: NewAnswer;
  readonly fold: Fold;
  readonly writer: StreamWriter;
  readonly controller: AbortController;
}

/** Takes the chunks until there are no more, and returns how it ended. Never rejects. */
async function produce(reading: Reading, run: RunRow, production: Production): Promise<Ending> {
  const { answer, fold, controller } = production;
  try {
    const context = await contextOf(reading, run, controller.signal);
    await takeChunks(answer.responder, context, production);
  } catch (failure) {
    if (controller.signal.aborted) return givenUp;
    const error = toRunError(failure);
    const { threadId, id: runId } = run;
    reading.core.runOptions.onFailure(failure, { threadId, runId, error });
    return { status: 'failed', error };
  }
  if (controller.signal.aborted) return givenUp;
  if (fold.isAborted) return { status: 'cancelled' };
  return { status: isWaiting(fold.parts) ? 'interrupted' : 'completed' };
}

/** An abort means that the run was already ended, unless the chunks could not be stored. */
const givenUp: Ending = {
  status: 'failed',
  error: {
    code: 'unavailable',
    message: 'The server could no longer store the answer. What it had stored is kept.',
    retryable: true,
  },
};

async function contextOf(reading: Reading, run: RunRow, signal: AbortSignal): Promise<TurnContext> {
  const { principal } = reading;
  const { items, continued } = await readContext(reading, run);
  const { projectId, threadId, id: runId, messageId } = run;
  const { userId } = principal;
  return { projectId, userId, threadId, runId, messageId, items, continued, signal };
}

async function takeChunks(
  responder: Responder,
  context: TurnContext,
  { answer, fold, writer, controller }: Production,
): Promise<void> {
  let size = 0;
  const take = (chunk: Chunk): void => {
    const kept = answer.filter ? answer.filter(chunk) : chunk;
    if (kept === undefined) return;
    fold.add(kept);
    writer.append(kept);
    size += sizeOf(kept);
    if (size > answerSizeMax) throw tooLarge();
  };
  let isStarted = false;
  for await (const chunk of untilAborted(responder.respond(context), controller.signal)) {
    if (!isStarted) {
      isStarted = true;
      const isStart = chunk.type === 'start';
      take({ ...(isStart ? chunk : {}), type: 'start', messageId: context.messageId });
      if (isStart) continue;
    }
    if (chunk.type === 'error') throw failureOf(chunk);
    take(checkChunk(chunk));
    // People wait for the first visible chunk, so it is written before a fast source continues.
    if (writer.isFull || writer.isUrgent) await writer.flush();
  }
}

/**
 * The approximate limit in characters. A model that does not stop would fill the disk, and no
 * reader could hold the answer.
 */
const answerSizeMax = 16 * 1024 * 1024;

/**
 * How much a chunk adds to the answer: for a piece of text its length, for any other at most its
 * size as JSON.
 */
function sizeOf(chunk: Chunk): number {
  const text = chunk.delta ?? chunk.inputTextDelta;
  return typeof text === 'string' ? text.length : sizeBound(chunk);
}

function tooLarge(): RunFailure {
  const message = 'The answer grew too large for one item. Its beginning is kept.';
  return new RunFailure({ code: 'too_large', message, retryable: false });
}

/** A stream also reports failures as chunks. Users get the chunk that the run's end writes. */
function failureOf(chunk: Chunk): Error {
  const message = typeof chunk.errorText === 'string' ? chunk.errorText : 'The answer failed.';
  return new RunFailure({ code: 'provider_error', message, retryable: true });
}

/**
 * A chunk becomes part of an item, where it is nested deeper: what would not fit there is rejected
 * here.
 */
const chunkDepth = 4;

/**
 * Copies a chunk as plain JSON, so that what cannot be stored is rejected here and not by the
 * engine.
 */
function checkChunk(chunk: Chunk): Chunk {
  return toJsonObject(chunk, 'chunk', chunkDepth) as Chunk; // its type is among what was copied
}

/** Ends as soon as the signal aborts, even while the source hangs. */
async function* untilAborted<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  // One listener wakes the current waiter: racing with one promise for all chunks would add a
  // callback per chunk.
  let wake: (() => void) | undefined;
  const onAbort = (): void => wake?.();
  signal.addEventListener('abort', onAbort, { once: true });
  let isDone = false;
  try {
    while (!signal.aborted) {
      const result = await new Promise<IteratorResult<T> | undefined>((resolve, reject) => {
        wake = () => resolve(undefined);
        iterator.next().then(resolve, reject); // after an abort the result is ignored
      });
      if (result === undefined) return;
      if (result.done) {
        isDone = true;
        return;
      }
      yield result.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not awaited: a hanging source would hang here, too.
    if (!isDone) Promise.resolve(iterator.return?.()).catch(ignore);
  }
}

function ignore(): void {
  // The run has ended, so further output of its source is ignored.
}
