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
import type { Ending } from './ending.ts';
import { finishRun } from './finish-run.ts';
import { continuedParts } from './read-answer.ts';
import type { Chunk, Responder, TurnContext } from '../../api/responder.ts';
import { readContext } from './run-context.ts';
import { RunFailure, toRunError } from '../../shared/run-failure.ts';
import type { NewAnswer } from './run-request.ts';

/**
 * Works on a run to its end: gives the context to the responder, makes its chunks durable, and
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
  // In the background, and never in the way of what the run became.
  if (finished.status === 'completed') void nameAfterRun(core, finished, answer.responder);
  return finished;
}

/**
 * A whole answer is not given up because the database is away for a moment: the lease is held
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

/** Takes the chunks until there are no more, and says how it ended. Never rejects. */
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

/** Whoever aborted has ended the run already, unless it is that the chunks could not be stored. */
const givenUp: Ending = {
  status: 'failed',
  error: {
    code: 'unavailable',
    message: 'The server could not store the answer any more. What it had stored is kept.',
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
    // People wait for the first thing to see: it goes out before a fast source says more.
    if (writer.isFull || writer.isUrgent) await writer.flush();
  }
}

/**
 * Characters, about. A model that does not stop would fill the disk, and no reader could hold the
 * answer.
 */
const answerSizeMax = 16 * 1024 * 1024;

/**
 * What a chunk adds to the answer: of a piece of text the text, of all others what they take as
 * JSON at most.
 */
function sizeOf(chunk: Chunk): number {
  const text = chunk.delta ?? chunk.inputTextDelta;
  return typeof text === 'string' ? text.length : sizeBound(chunk);
}

function tooLarge(): RunFailure {
  const message = 'The answer grew too large for one item. What there was of it is kept.';
  return new RunFailure({ code: 'too_large', message, retryable: false });
}

/** A stream tells failures as chunks, too. The run's end writes the chunk that people get. */
function failureOf(chunk: Chunk): Error {
  const message = typeof chunk.errorText === 'string' ? chunk.errorText : 'The answer failed.';
  return new RunFailure({ code: 'provider_error', message, retryable: true });
}

/** A chunk becomes a part of an item, deeper inside: what would not fit there is refused here. */
const chunkDepth = 4;

/** Copies a chunk as plain JSON: what cannot be stored is refused here, not by the engine. */
function checkChunk(chunk: Chunk): Chunk {
  return toJsonObject(chunk, 'chunk', chunkDepth) as Chunk; // its type is among what was copied
}

/** Ends as soon as the signal aborts, also while the source hangs. */
async function* untilAborted<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  // One listener that wakes whoever waits now: a race with one promise for all chunks would hang on
  // to each.
  let wake: (() => void) | undefined;
  const onAbort = (): void => wake?.();
  signal.addEventListener('abort', onAbort, { once: true });
  let isDone = false;
  try {
    while (!signal.aborted) {
      const result = await new Promise<IteratorResult<T> | undefined>((resolve, reject) => {
        wake = () => resolve(undefined);
        iterator.next().then(resolve, reject); // after an abort it is nobody's any more
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
    // Not awaited: a source that hangs would hang here, too.
    if (!isDone) Promise.resolve(iterator.return?.()).catch(ignore);
  }
}

function ignore(): void {
  // The run has ended; what its source still says is of no use to anybody.
}
