import { type RunRow, streams } from '../../records/tables.ts';
import { backOff, sleep, whileDatabaseIsAway } from '../../shared/backoff.ts';
import { SkeinError } from '../../shared/error.ts';
import { publicThreadId } from '../../shared/ids.ts';
import { isObject, toJsonObject, type JsonValue } from '../../shared/json.ts';
import type { Core, Reading } from '../base/core.ts';
import { isWaiting } from '../streams/finish-partial.ts';
import { createFold, type Fold } from '../streams/fold-chunks.ts';
import { StreamWriter } from '../streams/stream-writer.ts';
import { nameAfterRun } from '../threads/generate-title.ts';
import type { Ending } from './store-answer.ts';
import { finishRun } from './finish-run.ts';
import { AnswerBounds } from './answer-bounds.ts';
import { continuedParts } from './read-answer.ts';
import type { RunLease } from './run-lease.ts';
import type { Part } from '../../api/item.ts';
import type { Chunk, TurnContext } from '../../api/responder.ts';
import type { Usage } from '../../api/run.ts';
import { readContext, type ContextView } from './run-context.ts';
import { RunFailure, toRunError } from '../../shared/run-failure.ts';
import type { NewAnswer } from './run-request.ts';

/** A run on which this process works. Aborting `controller` stops the work. */
export interface RunWork {
  readonly answer: NewAnswer;
  readonly lease: RunLease;
  readonly controller: AbortController;
}

/**
 * Works on a run until it ends: passes the context to the responder, makes its chunks durable, and
 * stores the answer. Aborting the work stops it at once, whatever the responder does. Returns the
 * run as it is then, which another process may just be ending.
 */
export async function runTurn(reading: Reading, run: RunRow, work: RunWork): Promise<RunRow> {
  const { core } = reading;
  const { answer, lease, controller } = work;
  const stream = await core.records.get(streams, [run.threadId, run.streamId]);
  // The run was ended, or its thread deleted, before the work began.
  if (stream?.status !== 'active') return run;
  const kept = continuedParts(stream);
  const fold = createFold(kept);
  const { flushIntervalMs } = core.runOptions;
  const onLost = (): void => controller.abort();
  const writer = new StreamWriter(core, stream, { flushIntervalMs, onLost, holding: lease });
  const before = run.usage as Usage | undefined; // `finish-run.ts` has put it there
  const production = { answer, fold, kept, before, writer, controller };
  const ending = await produce(reading, run, production);
  await writer.flush();
  const { parts, metadata, usage } = fold;
  const answered = { seq: writer.seq, parts, metadata, usage };
  const leaseToken = lease.token;
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
  /** What the answer begins with, if it goes on from another. */
  readonly kept: readonly Part[] | undefined;
  /** The tokens of the calls before this one, if the run goes on after it waited for people. */
  readonly before: Usage | undefined;
  readonly writer: StreamWriter;
  readonly controller: AbortController;
}

/** Takes the chunks until there are no more, and returns how it ended. Never rejects. */
async function produce(reading: Reading, run: RunRow, production: Production): Promise<Ending> {
  const { fold, controller } = production;
  const bounds = new AnswerBounds(reading.core.runOptions, controller.signal);
  try {
    const { contextTokensMax } = production.answer.responder;
    const view = { contextTokensMax, kept: production.kept };
    const context = await contextOf(reading, run, bounds.signal, view);
    await takeChunks(context, production, bounds);
  } catch (failure) {
    if (controller.signal.aborted) return givenUp;
    const error = toRunError(failure);
    const { threadId, id: runId } = run;
    reading.core.runOptions.onFailure(failure, { threadId, runId, error });
    return { status: 'failed', error };
  } finally {
    bounds.release();
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

async function contextOf(
  reading: Reading,
  run: RunRow,
  signal: AbortSignal,
  view: ContextView,
): Promise<TurnContext> {
  const { items, continued } = await readContext(reading, run, view);
  const { projectId, threadId, id: runId, messageId, userId } = run;
  const context = { projectId, userId, runId, messageId, items, continued, signal };
  return { ...context, threadId: publicThreadId(threadId) };
}

async function takeChunks(
  context: TurnContext,
  { answer, fold, before, writer }: Production,
  bounds: AnswerBounds,
): Promise<void> {
  const take = (chunk: Chunk): void => {
    const passed = answer.filter ? answer.filter(chunk) : chunk;
    if (passed === undefined) return;
    const kept = before === undefined ? passed : withTotal(passed, before);
    bounds.count(kept);
    fold.add(kept);
    writer.append(kept);
    bounds.mustHold();
  };
  let taken = 0;
  for await (const chunk of untilAborted(answer.responder.respond(context), context.signal)) {
    taken++;
    if (taken === 1) {
      const isStart = chunk.type === 'start';
      take({ ...(isStart ? chunk : {}), type: 'start', messageId: context.messageId });
      if (isStart) continue;
    }
    if (chunk.type === 'error') throw failureOf(chunk);
    take(checkChunk(chunk));
    // People wait for the first visible chunk, so it is written before a fast source continues.
    if (writer.isFull || writer.isUrgent) await writer.flush();
    else if (taken % chunksAtOnceMax === 0) await sleep(0);
  }
  bounds.mustHold();
}

/** A message tells the tokens of all the calls that made it, to live readers and when reloaded. */
function withTotal(chunk: Chunk, before: Usage): Chunk {
  const { messageMetadata: metadata } = chunk;
  if (!isObject(metadata) || !isObject(metadata.usage)) return chunk;
  const usage: Record<string, JsonValue> = { ...metadata.usage };
  for (const [name, count] of Object.entries(before)) {
    const added = usage[name];
    usage[name] = typeof added === 'number' ? added + count : count;
  }
  return { ...chunk, messageMetadata: { ...metadata, usage } };
}

/**
 * A source that never waits would keep the process from everything else: from timers, other
 * requests, and callers that want to end the run.
 */
const chunksAtOnceMax = 100;

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
