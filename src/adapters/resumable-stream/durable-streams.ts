import type { ChunkGroup, Store, Stream, StreamProducer } from '../../store/index.ts';
import { sha256 } from '../../shared/bytes.ts';
import { systemClock } from '../../shared/clock.ts';
import { SkeinError } from '../../shared/error.ts';
import type { JsonValue } from '../../shared/json.ts';

export interface DurableStreamOptions {
  readonly store: Store;
  /** Default `default`. */
  readonly projectId?: string;
  /**
   * The thread that holds the streams, which is made when it is not there. Nobody but the server reads it.
   * Default `skein.streams`.
   */
  readonly threadId?: string;
}

/** A stream that this process writes. */
export interface OwnStream {
  readonly token: string;
  readonly producer: StreamProducer;
}

/**
 * The streams of one thread that no run writes, under ids of the caller's. A stream that has expired reads
 * as none, and its id can be taken anew.
 */
export class DurableStreams {
  readonly #streams: Store['operator']['streams'];
  readonly #createThread: () => Promise<unknown>;
  readonly #threadId: string;
  #isThere: Promise<unknown> | undefined;

  constructor({ store, projectId = 'default', threadId = 'skein.streams' }: DurableStreamOptions) {
    const owner = store.project(projectId).as({ userId: 'skein' });
    this.#streams = store.operator.streams;
    this.#threadId = threadId;
    this.#createThread = () => owner.threads.create([{ id: threadId, title: 'Streams' }]);
  }

  async find(streamId: string): Promise<Stream | undefined> {
    const stream = await this.#streams.find(await this.#keyOf(streamId));
    return stream && !hasExpired(stream) ? stream : undefined;
  }

  /** Begins a stream, which ends by itself after `ttlMs` without a chunk; `undefined` when it is there. */
  async acquire(streamId: string, ttlMs: number): Promise<OwnStream | undefined> {
    await this.#ensureThread();
    const key = await this.#keyOf(streamId);
    const known = await this.#streams.find(key);
    if (known && !hasExpired(known)) return undefined;
    if (known) await this.#drop({ ...key, ifVersion: known.version });
    const token = crypto.randomUUID();
    try {
      await this.#streams.create([{ ...key, resumeToken: token, expiresAt: timeIn(ttlMs) }]);
    } catch (error) {
      if (error instanceof SkeinError && error.code === 'conflict') return undefined;
      throw error;
    }
    return { token, producer: await this.#streams.open({ ...key, resumeToken: token }) };
  }

  /** Takes up a stream that was acquired elsewhere. Throws `conflict` for another token or one that has ended. */
  async open(streamId: string, token: string): Promise<StreamProducer> {
    return this.#streams.open({ ...(await this.#keyOf(streamId)), resumeToken: token });
  }

  async prolong(streamId: string, ttlMs: number): Promise<void> {
    await this.#streams.update([{ ...(await this.#keyOf(streamId)), expiresAt: timeIn(ttlMs) }]);
  }

  async *read(
    streamId: string,
    after: number,
    signal: AbortSignal,
  ): AsyncGenerator<ChunkGroup, void, undefined> {
    yield* this.#streams.read(await this.#keyOf(streamId), { after, signal });
  }

  async delete(streamId: string): Promise<void> {
    await this.#drop(await this.#keyOf(streamId));
  }

  async #drop(key: { threadId: string; id: string; ifVersion?: number }): Promise<void> {
    try {
      await this.#streams.delete([key]);
    } catch (error) {
      // It is gone, or somebody else is about to take it.
      const isGone = error instanceof SkeinError && goneCodes.has(error.code);
      if (!isGone) throw error;
    }
  }

  /** Ids may be longer than those of the store. */
  async #keyOf(streamId: string): Promise<{ threadId: string; id: string }> {
    const id = streamId.length <= idLengthMax ? streamId : await sha256(streamId);
    return { threadId: this.#threadId, id };
  }

  #ensureThread(): Promise<unknown> {
    this.#isThere ??= this.#createThread().catch((error: unknown) => {
      this.#isThere = undefined; // the next one tries again
      throw error;
    });
    return this.#isThere;
  }
}

const goneCodes: ReadonlySet<string> = new Set(['not_found', 'precondition_failed']);
const idLengthMax = 128;

function hasExpired({ status, expiresAt }: Stream): boolean {
  return (
    status === 'expired' || (expiresAt !== undefined && Date.parse(expiresAt) <= systemClock())
  );
}

function timeIn(durationMs: number): string {
  return new Date(systemClock() + durationMs).toISOString();
}

/** Keeps a stream from expiring while it is written, without a commit more for each of its chunks. */
export class Prolonger {
  readonly #prolong: () => Promise<void>;
  readonly #ttlMs: number;
  #dueAtMs: number;

  constructor(ttlMs: number, prolong: () => Promise<void>) {
    this.#ttlMs = ttlMs;
    this.#prolong = prolong;
    this.#dueAtMs = systemClock() + ttlMs / 4;
  }

  async touch(): Promise<void> {
    if (systemClock() < this.#dueAtMs) return;
    this.#dueAtMs = systemClock() + this.#ttlMs / 4;
    await this.#prolong();
  }
}

/** A field of a chunk that this folder wrote: all of them are texts. */
export function textIn(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
