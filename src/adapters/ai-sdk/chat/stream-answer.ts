import { SkeinError } from '../../../shared/error.ts';
import type { ProjectApi } from '../../../api/project-api.ts';
import type { Chunk } from '../../../api/responder.ts';
import type { Run } from '../../../api/run.ts';
import type { ChunkGroup } from '../../../api/stream.ts';
import { unfoldParts } from '../../../shared/unfold-parts.ts';
import { catchUp } from './catch-up.ts';
import { isNotFound } from './find-message.ts';
import type { BegunTurn } from './begin-turn.ts';
import type { ChatLifetime } from './chat-settings.ts';

interface AnswerOptions {
  readonly commentIntervalMs: number;
  /**
   * Also sends what the answer had before the run continued it, for a client that has not seen it.
   */
  readonly isWhole: boolean;
  /** Aborts when the server stops, which the stream tells the client. */
  readonly signal: AbortSignal | undefined;
  /** The stream tells the client, too, that its credential has ended. */
  readonly lifetime: ChatLifetime | undefined;
}

/**
 * The answer of a run as a UI message stream: server-sent events `data: {chunk}`, then `data:
 * [DONE]`. Besides the run's own chunks it has two of the type `data-skein`, which no message
 * keeps: the ids after `start`, and how the run ended at the end. A client that goes away stops
 * nothing.
 */
export function streamAnswer(
  project: ProjectApi,
  turn: BegunTurn,
  options: AnswerOptions,
): Response {
  const leaving = new AbortController();
  const isWhole = options.isWhole || turn.isWhole === true;
  const groups = catchingUp(project, turn, { isWhole, signal: leaving.signal });
  const told = untilFailure(tell(project, turn, groups, leaving.signal));
  const texts = leavingWith(options, leaving, told);
  const { readable } = new AnswerBody(texts, options.commentIntervalMs, () => leaving.abort());
  return new Response(readable, { headers: headersOf(turn.run) });
}

function headersOf({ id, streamId, threadId, messageId }: Run): Record<string, string> {
  return {
    ...protocolHeaders,
    'x-skein-thread-id': threadId,
    'x-skein-run-id': id,
    'x-skein-stream-id': streamId,
    'x-skein-message-id': encodeURIComponent(messageId),
  };
}

/** The headers of the AI SDK, except `connection`, which is up to the server. */
export const protocolHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  'x-vercel-ai-ui-message-stream': 'v1',
  'x-accel-buffering': 'no',
};

type Groups = AsyncGenerator<Pick<ChunkGroup, 'chunks'>, void, undefined>;

/** The stream, for a client that may have sent parts from before it. */
async function* catchingUp(
  project: ProjectApi,
  { run, seen }: BegunTurn,
  { isWhole, signal }: { readonly isWhole: boolean; readonly signal: AbortSignal },
): Groups {
  if (seen === undefined) return yield* readGroups(project, run, isWhole, signal);
  const missing = catchUp(seen.parts, seen.now);
  const start: Chunk = { type: 'start', messageId: run.messageId };
  const isEnded = run.status !== 'queued' && run.status !== 'running';
  if (isEnded) return yield { chunks: [start, ...missing, endOf(run)] };
  if (missing.length > 0) yield { chunks: [start, ...missing] };
  yield* readGroups(project, run, false, signal);
}

/** The stream; once its chunks are gone, the stored answer in one group. */
async function* readGroups(
  project: ProjectApi,
  run: Run,
  isWhole: boolean,
  signal: AbortSignal,
): Groups {
  let isBegun = false;
  try {
    const options = { isWhole, signal };
    for await (const group of project.streams.readGroups(run.threadId, run.streamId, options)) {
      isBegun = true;
      yield group;
    }
  } catch (error) {
    if (isBegun || !isNotFound(error)) throw error;
    yield* storedAnswer(project, run);
  }
}

async function* storedAnswer(project: ProjectApi, run: Run): Groups {
  const { threadId, outputItemId, messageId } = run;
  const item = outputItemId && (await project.items.get(threadId, outputItemId));
  const start: Chunk = { type: 'start', messageId };
  yield { chunks: [start, ...(item ? unfoldParts(item.parts) : []), endOf(run)] };
}

function endOf({ error }: Run): Chunk {
  return error ? { type: 'error', errorText: error.message } : { type: 'finish' };
}

/**
 * Ends the answer also when the server stops, and when the credential ends. The server's signal
 * outlives all answers, so this leaves no listener on it afterwards, and adds none for an answer
 * that is not read.
 */
async function* leavingWith(
  { signal, lifetime }: Pick<AnswerOptions, 'signal' | 'lifetime'>,
  leaving: AbortController,
  texts: AsyncGenerator<string>,
): AsyncGenerator<string> {
  const leave = (): void => leaving.abort(goingAwayText);
  const release = lifetime?.(() => leaving.abort(signedOutText));
  signal?.addEventListener('abort', leave);
  if (signal?.aborted) leave();
  try {
    yield* texts;
  } finally {
    signal?.removeEventListener('abort', leave);
    release?.();
  }
}

/** The status was sent long ago, so a later failure, such as a deleted thread, becomes a chunk. */
async function* untilFailure(texts: AsyncGenerator<string>): AsyncGenerator<string> {
  try {
    yield* texts;
  } catch (error) {
    if (!(error instanceof SkeinError)) throw error;
    yield `${eventOf({ type: 'error', errorText: error.message })}data: [DONE]\n\n`;
  }
}

async function* tell(
  project: ProjectApi,
  turn: BegunTurn,
  groups: Groups,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { run, items } = turn;
  const { threadId, id: runId, streamId, messageId } = run;
  const ids = { threadId, runId, streamId, messageId };
  const inputs = items.map(({ id, key }) => ({ id, ...(key !== undefined && { key }) }));
  let isTold = false;
  for await (const { chunks } of groups) {
    let text = '';
    for (const chunk of chunks) {
      text += eventOf(chunk);
      if (isTold || chunk.type !== 'start') continue;
      isTold = true;
      text += eventOf(notice({ ...ids, items: inputs }));
    }
    yield text;
  }
  if (signal.aborted) {
    // Why it ends; a client that has left does not read this.
    yield `${eventOf({ type: 'error', errorText: String(signal.reason) })}data: [DONE]\n\n`;
    return;
  }
  const ended = await project.runs.get(threadId, runId);
  const { status, outputItemId = null } = ended;
  yield `${eventOf(notice({ ...ids, status, itemId: outputItemId }))}data: [DONE]\n\n`;
}

const goingAwayText = 'The server is stopping. Reload the conversation to see how it continues.';
const signedOutText =
  'Your session has ended. Sign in again to see how the conversation continues.';

function notice(data: Chunk[string]): Chunk {
  return { type: 'data-skein', data, transient: true };
}

function eventOf(chunk: Chunk): string {
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

/**
 * A body that is made as fast as it is read. While it is silent it sends comments, so that no proxy
 * takes the connection for dead.
 */
class AnswerBody {
  readonly readable: ReadableStream<Uint8Array>;
  readonly #texts: AsyncGenerator<string>;
  readonly #commentIntervalMs: number;
  #next: Promise<IteratorResult<string>> | undefined;

  /** `onLeave` ends the texts when the client has gone. */
  constructor(texts: AsyncGenerator<string>, commentIntervalMs: number, onLeave: () => void) {
    this.#texts = texts;
    this.#commentIntervalMs = commentIntervalMs;
    this.readable = new ReadableStream(
      {
        pull: (controller) => this.#pull(controller),
        cancel: async () => {
          onLeave();
          // Also if nothing is pending: this releases what the texts hold.
          await texts.return(undefined);
        },
      },
      { highWaterMark: 0 },
    );
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#next ??= this.#texts.next();
    const result = await within(this.#next, this.#commentIntervalMs);
    if (result === undefined) {
      controller.enqueue(encoder.encode(': still at it\n\n'));
      return;
    }
    this.#next = undefined;
    if (result.done) controller.close();
    else controller.enqueue(encoder.encode(result.value));
  }
}

const encoder = new TextEncoder();

async function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
