import type { ResumableStreamContext } from 'resumable-stream/generic';
import { SkeinError } from '../../shared/error.ts';
import {
  DurableStreams,
  Prolonger,
  type DurableStreamOptions,
  type OwnStream,
  textIn,
} from './durable-streams.ts';

export interface ResumableContextOptions extends DurableStreamOptions {
  /** Keeps a serverless process alive until a stream is written. */
  readonly waitUntil?: ((promise: Promise<unknown>) => void) | null;
  /**
   * How long a stream is kept after its last chunk, in milliseconds. Default 24 hours, as in
   * `resumable-stream`.
   */
  readonly ttlMs?: number;
}

/**
 * A context with the interface of `resumable-stream`, on the store instead of Redis. A stream is in
 * the database as it is written, so every server can read it, even after the writing server has
 * gone. As in that library, a finished stream is `null`; read its result from where the application
 * keeps it. A stream that fails, fails for all its readers.
 *
 * @example
 * const context = createResumableContext({ store, waitUntil: after });
 * const stream = await context.resumableStream(id, () => makeStream());
 */
export function createResumableContext(options: ResumableContextOptions): ResumableStreamContext {
  const { waitUntil, ttlMs = 24 * 60 * 60_000 } = options;
  const streams = new DurableStreams(options);

  const begin = async (
    streamId: string,
    makeStream: () => ReadableStream<string>,
  ): Promise<boolean> => {
    const own = await streams.acquire(streamId, ttlMs);
    if (own === undefined) return false;
    const prolonger = new Prolonger(ttlMs, () => streams.prolong(streamId, ttlMs));
    const written = write(own, makeStream, prolonger, ttlMs);
    waitUntil?.(written);
    // Readers get the error from the stream; `waitUntil` has the promise itself.
    written.catch(ignore);
    return true;
  };
  const resume = async (
    streamId: string,
    skip = 0,
  ): Promise<ReadableStream<string> | null | undefined> => {
    const stream = await streams.find(streamId);
    if (stream === undefined) return undefined;
    return stream.status === 'active' ? readTexts(streams, streamId, skip) : null;
  };

  return {
    resumableStream: async (streamId, makeStream, skipCharacters) => {
      const isOurs = await begin(streamId, makeStream);
      if (isOurs) return readTexts(streams, streamId, skipCharacters);
      return (await resume(streamId, skipCharacters)) ?? null;
    },
    createNewResumableStream: async (streamId, makeStream, skipCharacters) => {
      if (!(await begin(streamId, makeStream))) {
        await streams.delete(streamId);
        const isOurs = await begin(streamId, makeStream);
        if (!isOurs) throw new SkeinError('conflict', 'Another caller has begun the stream.');
      }
      return readTexts(streams, streamId, skipCharacters);
    },
    resumeExistingStream: (streamId, skipCharacters) => resume(streamId, skipCharacters),
    hasExistingStream: async (streamId) => {
      const stream = await streams.find(streamId);
      if (stream === undefined) return null;
      return stream.status === 'active' ? true : 'DONE';
    },
  };
}

function ignore(): void {
  // The uses of this function say why.
}

async function write(
  { producer }: OwnStream,
  makeStream: () => ReadableStream<string>,
  prolonger: Prolonger,
  ttlMs: number,
): Promise<void> {
  try {
    for await (const text of makeStream()) {
      producer.append({ type: 'text', text });
      if (producer.isFull) await producer.flush();
      if (producer.isLost) return;
      await prolonger.touch();
    }
    await producer.end('completed', ttlMs);
  } catch (error) {
    const errorText = error instanceof Error ? error.message : String(error);
    producer.append({ type: 'error', errorText });
    await producer.end('aborted', ttlMs);
    throw error;
  }
}

/** The rest of a stream after so many characters, then what follows. */
function readTexts(
  streams: DurableStreams,
  streamId: string,
  skipCharacters = 0,
): ReadableStream<string> {
  const leaving = new AbortController();
  const texts = textsOf(streams, streamId, skipCharacters, leaving.signal);
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await texts.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: async () => {
      leaving.abort();
      // Also if nothing is pending: this releases the stream.
      await texts.return();
    },
  });
}

async function* textsOf(
  streams: DurableStreams,
  streamId: string,
  skipCharacters: number,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  let toSkip = skipCharacters;
  for await (const { chunks } of streams.read(streamId, 0, signal)) {
    for (const chunk of chunks) {
      if (chunk.type === 'error') throw new Error(textIn(chunk.errorText));
      const text = textIn(chunk.text);
      const rest = text.slice(toSkip);
      toSkip = Math.max(0, toSkip - text.length);
      if (rest !== '') yield rest;
    }
  }
}
