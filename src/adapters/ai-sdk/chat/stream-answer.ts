import { notFound, SkeinError } from '../../../shared/error.ts';
import { encodeOnce } from '../../../shared/encode-once.ts';
import type { JsonObject, JsonValue } from '../../../shared/json.ts';
import type { ProjectApi } from '../../../api/project-api.ts';
import type { Chunk } from '../../../api/responder.ts';
import type { Run } from '../../../api/run.ts';
import type { ChunkGroup } from '../../../api/stream.ts';
import { catchUp } from './catch-up.ts';
import { endAnswer } from './end-answer.ts';
import { findNewest, isNotFound } from './find-message.ts';
import { SentAnswer } from './sent-answer.ts';
import type { BegunTurn } from './begin-turn.ts';
import type { ChatLifetime, ChatTail } from './chat-settings.ts';

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
  /** Its place among the open streams of the server, if that counts them. */
  readonly tail: ChatTail | undefined;
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
  const isWhole = turn.seen === undefined && (options.isWhole || turn.isWhole === true);
  const told = untilFailure(tell(project, turn, isWhole, leaving.signal));
  const texts = leavingWith(options, leaving, told);
  const { readable } = new AnswerBody(texts, options, () => leaving.abort());
  return new Response(readable, { headers: headersOfAnswer(turn.run) });
}

export function headersOfAnswer({
  id,
  streamId,
  threadId,
  messageId,
}: Run): Record<string, string> {
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

/** Texts for this client, and bytes that it shares with the others who follow the answer. */
type Pieces = AsyncGenerator<string | Uint8Array, void, undefined>;

/**
 * Ends the answer also when the server stops, and when the credential ends. The server's signal
 * outlives all answers, so this leaves no listener on it afterwards, and adds none for an answer
 * that is not read.
 */
async function* leavingWith(
  { signal, lifetime }: Pick<AnswerOptions, 'signal' | 'lifetime'>,
  leaving: AbortController,
  texts: Pieces,
): Pieces {
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
async function* untilFailure(texts: Pieces): Pieces {
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
  isWhole: boolean,
  signal: AbortSignal,
): Pieces {
  const { run, items, closed = [] } = turn;
  const { threadId, id: runId, streamId, messageId } = run;
  const ids = { threadId, runId, streamId, messageId };
  const inputs = items.map(({ id, key }) => ({ id, ...(key !== undefined && { key }) }));
  const sent = new SentAnswer(await addedMetadata(project, turn), beginningOf(turn));
  // `UIMessage` is JSON, which its type does not say.
  const told = closed.length > 0 && { closed: closed as unknown as JsonValue };
  let isTold = false;
  const textOf = (chunks: readonly Chunk[]): string => {
    const texts = chunks.map((chunk) => {
      if (isTold || chunk.type !== 'start') return eventOf(chunk);
      isTold = true;
      return eventOf(chunk) + eventOf(notice({ ...ids, items: inputs, ...told }));
    });
    return texts.join('');
  };
  const isUnderWay = isActive(run);
  // A client that has the message gets what it lacks from the stored answer, once that is there.
  const groups = isUnderWay || !turn.seen ? readGroups(project, run, isWhole, signal) : [];
  for await (const { chunks } of groups) {
    const taken = chunks.flatMap((chunk) => sent.take(chunk));
    if (isTold && isSame(taken, chunks)) yield bytesOfChunks(chunks);
    else if (taken.length > 0) yield textOf(taken);
  }
  if (signal.aborted) {
    // Why it ends; a client that has left does not read this.
    yield `${eventOf({ type: 'error', errorText: String(signal.reason) })}data: [DONE]\n\n`;
    return;
  }
  const ended = await project.runs.get(threadId, runId);
  // The stream was not found, and no end is to be told.
  if (isActive(ended)) throw notFound('The stream');
  const { status, outputItemId = null } = ended;
  const last = await endAnswer(project, {
    ...{ run: ended, sent, before: turn.seen?.parts, replacesId: turn.replacesId },
    isReplay: !isUnderWay,
    chunks: () => readChunks(project, run, signal),
  });
  const texts = textOf(last);
  // An answer that failed before its first word has no start, behind which it would be told.
  const end = notice({ ...ids, status, itemId: outputItemId, ...(!isTold && told) });
  yield `${texts}${eventOf(end)}data: [DONE]\n\n`;
}

function isActive({ status }: Run): boolean {
  return status === 'queued' || status === 'running';
}

/** For a client that has the message: what it has, and what it needs first. */
function beginningOf({
  run,
  seen,
}: BegunTurn): ConstructorParameters<typeof SentAnswer>[1] | undefined {
  if (seen === undefined) return undefined;
  const { chunks, hasBegunStep } = catchUp(seen.parts, seen.now);
  const start: Chunk = { type: 'start', messageId: run.messageId };
  return { metadata: seen.metadata, catchUp: { chunks: [start, ...chunks], hasBegunStep } };
}

/** The answer to a private question is private, and says so from its start. */
async function addedMetadata(
  project: ProjectApi,
  { run: { threadId, inputItemId }, items }: BegunTurn,
): Promise<JsonObject> {
  if (inputItemId === undefined) return {};
  const asked = items.find(({ id }) => id === inputItemId);
  const question = asked ?? (await findNewest(project, threadId, inputItemId));
  return question?.private === true ? { private: true } : {};
}

/** The stream, unless its chunks are gone: then the stored answer counts. */
async function* readGroups(
  project: ProjectApi,
  { threadId, streamId }: Run,
  isWhole: boolean,
  signal: AbortSignal,
): AsyncGenerator<Pick<ChunkGroup, 'chunks'>> {
  let isBegun = false;
  try {
    for await (const group of project.streams.readGroups(threadId, streamId, { isWhole, signal })) {
      isBegun = true;
      yield group;
    }
  } catch (error) {
    if (isBegun || !isNotFound(error)) throw error;
  }
}

async function* readChunks(
  project: ProjectApi,
  run: Run,
  signal: AbortSignal,
): AsyncGenerator<Chunk> {
  for await (const { chunks } of readGroups(project, run, true, signal)) yield* chunks;
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

/** Whether this client gets a group as it is, like all who keep up. */
function isSame(taken: readonly Chunk[], chunks: readonly Chunk[]): boolean {
  return taken.length === chunks.length && taken.every((chunk, i) => chunk === chunks[i]);
}

const bytesOfChunks = encodeOnce<readonly Chunk[]>(
  (chunks) => chunks.map(eventOf).join(''),
  (chunks) => [chunks, ''],
);

/**
 * A body that is made as fast as it is read. While it is silent it sends comments, so that no proxy
 * takes the connection for dead.
 */
class AnswerBody {
  readonly readable: ReadableStream<Uint8Array>;
  readonly #pieces: Pieces;
  readonly #options: Pick<AnswerOptions, 'commentIntervalMs' | 'tail'>;
  #next: Promise<IteratorResult<string | Uint8Array, void>> | undefined;

  /** `onLeave` ends the pieces when the client has gone. */
  constructor(
    pieces: Pieces,
    options: Pick<AnswerOptions, 'commentIntervalMs' | 'tail'>,
    onLeave: () => void,
  ) {
    this.#pieces = pieces;
    this.#options = options;
    this.readable = new ReadableStream(
      {
        pull: (controller) => this.#pull(controller),
        cancel: async () => {
          options.tail?.release();
          onLeave();
          // Also if nothing is pending: this releases what the pieces hold.
          await pieces.return(undefined);
        },
      },
      { highWaterMark: 0 },
    );
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const { commentIntervalMs, tail } = this.#options;
    try {
      this.#next ??= this.#pieces.next();
      const result = await within(this.#next, commentIntervalMs);
      if (result === undefined) return controller.enqueue(comment);
      this.#next = undefined;
      if (result.done) {
        tail?.release();
        return controller.close();
      }
      const { value } = result;
      const bytes = typeof value === 'string' ? encoder.encode(value) : value;
      await tail?.takeTurn(bytes.byteLength);
      controller.enqueue(bytes);
    } catch (error) {
      tail?.release();
      throw error;
    }
  }
}

const encoder = new TextEncoder();
const comment = encoder.encode(': still at it\n\n');

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
