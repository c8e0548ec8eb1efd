import type {
  ResumableStreamAcquisition,
  ResumableStreamEntry,
  ResumableStreamError,
  ResumableStreamErrorCode,
  ResumableStreamLease,
  ResumableStreamStore,
} from 'assistant-stream/resumable';
import type { Stream } from '../../store/index.ts';
import { SkeinError } from '../../shared/error.ts';
import {
  DurableStreams,
  Prolonger,
  type DurableStreamOptions,
  type OwnStream,
  textIn,
} from './durable-streams.ts';

export interface ResumableStoreOptions extends DurableStreamOptions {
  /**
   * How long a stream is kept after its last chunk if `acquire` does not say, in milliseconds.
   * Default 24 hours.
   */
  readonly ttlMs?: number;
}

/**
 * A store with the interface of `assistant-stream`'s resumable streams: an appended chunk is
 * durable, and every server can read it, even after a crash.
 *
 * @example
 * const context = createResumableStreamContext({ store: createResumableStore({ store }) });
 */
export function createResumableStore(options: ResumableStoreOptions): ResumableStreamStore {
  const store = new DurableStreamStore(options);
  // Bound, since callers may pass single methods on.
  return {
    acquire: store.acquire.bind(store),
    acquireLease: store.acquireLease.bind(store),
    append: store.append.bind(store),
    finalize: store.finalize.bind(store),
    read: store.read.bind(store),
    status: store.status.bind(store),
    delete: store.delete.bind(store),
  };
}

interface OpenStream extends OwnStream {
  readonly ttlMs: number;
  readonly prolonger: Prolonger;
}

class DurableStreamStore implements ResumableStreamStore {
  readonly #streams: DurableStreams;
  readonly #ttlMs: number;
  /** The streams that this process writes; at most as many as it has acquired and not finalized. */
  readonly #writing = new Map<string, OpenStream>();

  constructor({ ttlMs = 24 * 60 * 60_000, ...options }: ResumableStoreOptions) {
    this.#streams = new DurableStreams(options);
    this.#ttlMs = ttlMs;
  }

  async acquire(
    streamId: string,
    options?: { readonly ttlMs?: number },
  ): Promise<'producer' | 'consumer'> {
    return (await this.acquireLease(streamId, options)).role;
  }

  async acquireLease(
    streamId: string,
    { ttlMs = this.#ttlMs }: { readonly ttlMs?: number } = {},
  ): Promise<ResumableStreamAcquisition> {
    await mustStreamId(streamId);
    const own = await this.#streams.acquire(streamId, ttlMs);
    if (own === undefined) return { role: 'consumer' };
    this.#keep(streamId, own, ttlMs);
    return { role: 'producer', lease: { token: own.token } };
  }

  async append(streamId: string, chunk: Uint8Array, lease?: ResumableStreamLease): Promise<void> {
    await mustStreamId(streamId);
    const writing = await this.#writer(streamId, lease);
    writing.producer.append({ type: 'bytes', bytes: Buffer.from(chunk).toString('base64') });
    await writing.producer.flush();
    if (writing.producer.isLost) {
      this.#writing.delete(streamId);
      throw await this.#lost(streamId);
    }
    await writing.prolonger.touch();
  }

  async finalize(
    streamId: string,
    status: 'done' | 'error',
    error?: string,
    lease?: ResumableStreamLease,
  ): Promise<void> {
    await mustStreamId(streamId);
    const stream = await this.#mustFind(streamId);
    const isSuperseded = lease !== undefined && lease.token !== stream.resumeToken;
    if (isSuperseded || stream.status !== 'active') return;
    const { producer, ttlMs } = await this.#writer(streamId, lease);
    this.#writing.delete(streamId);
    if (status === 'error') {
      producer.append({ type: 'error', errorText: error ?? 'Stream errored' });
    }
    await producer.end(status === 'done' ? 'completed' : 'aborted', ttlMs);
  }

  async *read(
    streamId: string,
    cursor: string,
    signal: AbortSignal,
  ): AsyncGenerator<ResumableStreamEntry, void, undefined> {
    await mustStreamId(streamId);
    const stream = await this.#mustFind(streamId);
    const after = Math.min(numberOf(cursor), Number(stream.lastEventId ?? 0));
    for await (const { seq, chunks } of this.#streams.read(streamId, after, signal)) {
      const first = seq - chunks.length + 1;
      for (const [i, chunk] of chunks.entries()) {
        if (signal.aborted) return;
        if (chunk.type === 'error') throw new Error(textIn(chunk.errorText));
        const bytes = new Uint8Array(Buffer.from(textIn(chunk.bytes), 'base64'));
        yield { cursor: (first + i).toString(36), chunk: bytes };
      }
    }
  }

  async status(streamId: string): Promise<'streaming' | 'done' | 'error' | 'missing'> {
    await mustStreamId(streamId);
    const stream = await this.#streams.find(streamId);
    switch (stream?.status) {
      case 'active':
        return 'streaming';
      case 'completed':
        return 'done';
      case 'aborted':
        return 'error';
      default:
        return 'missing';
    }
  }

  async delete(streamId: string): Promise<void> {
    await mustStreamId(streamId);
    this.#writing.delete(streamId);
    await this.#streams.delete(streamId);
  }

  #keep(streamId: string, own: OwnStream, ttlMs: number): OpenStream {
    const prolonger = new Prolonger(ttlMs, () => this.#streams.prolong(streamId, ttlMs));
    const writing = { ...own, ttlMs, prolonger };
    this.#writing.set(streamId, writing);
    return writing;
  }

  async #writer(streamId: string, lease: ResumableStreamLease | undefined): Promise<OpenStream> {
    const known = this.#writing.get(streamId);
    if (known && (lease === undefined || known.token === lease.token)) return known;
    const stream = await this.#mustFind(streamId);
    const token = lease?.token ?? stream.resumeToken;
    if (stream.resumeToken !== token || stream.status !== 'active')
      throw await this.#lost(streamId, lease);
    const producer = await this.#streams.open(streamId, token);
    return this.#keep(streamId, { token, producer }, this.#ttlMs);
  }

  async #mustFind(streamId: string): Promise<Stream> {
    const stream = await this.#streams.find(streamId);
    if (stream === undefined) throw new SkeinError('not_found', `Stream not found: ${streamId}`);
    return stream;
  }

  /** Why no more chunks can be appended. */
  async #lost(streamId: string, lease?: ResumableStreamLease): Promise<ResumableStreamError> {
    const stream = await this.#streams.find(streamId);
    const isOther = lease !== undefined && stream?.resumeToken !== lease.token;
    if (stream === undefined || stream.status === 'active' || isOther) {
      const message = `Stream superseded by a new acquisition: ${streamId}`;
      return streamError('missing', message);
    }
    return streamError('finalized', `Stream already finalized: ${streamId}`);
  }
}

/** As in `assistant-stream`'s own stores. */
async function mustStreamId(streamId: string): Promise<void> {
  if (/^[A-Za-z0-9_.:-]{1,256}$/.test(streamId)) return;
  throw await streamError('invalid-id', `Invalid streamId: ${streamId}`);
}

/** Loaded on demand: users of the other half of this module may not have the package. */
async function streamError(
  code: ResumableStreamErrorCode,
  message: string,
): Promise<ResumableStreamError> {
  const { ResumableStreamError: StreamError } = await import('assistant-stream/resumable');
  return new StreamError(code, message);
}

/** An invalid cursor means the beginning, as in `assistant-stream`'s own stores. */
function numberOf(cursor: string): number {
  const seq = Number.parseInt(cursor, 36);
  return Number.isNaN(seq) || seq < 0 ? 0 : seq;
}
