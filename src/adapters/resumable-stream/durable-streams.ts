import type { ChunkGroup, Store, Stream, StreamProducer, Thread } from '../../store/index.ts';
import { sha256 } from '../../shared/bytes.ts';
import { systemClock } from '../../shared/clock.ts';
import { SkeinError } from '../../shared/error.ts';
import type { JsonValue } from '../../shared/json.ts';

export interface DurableStreamOptions {
  readonly store: Store;
  /**
   * The project that holds the streams, under the ids of the application. Only the server should
   * act in it. Default `skein.streams`.
   */
  readonly projectId?: string;
}

/** A stream that this process writes. */
export interface OwnStream {
  readonly token: string;
  readonly producer: StreamProducer;
}

/**
 * The streams of one thread that no run writes, under the caller's ids. An expired stream reads as
 * missing, and its id can be used again.
 *
 * The thread is that of a scope in a project of the server's own. A well-known thread id would not
 * be safe: whichever caller of the project creates a thread with it first owns it. Callers of other
 * projects can neither take this scope nor read the thread, whatever their names.
 */
export class DurableStreams {
  readonly #streams: Store['operator']['streams'];
  readonly #openThread: () => Promise<string>;
  #threadId: Promise<string> | undefined;

  constructor({ store, projectId = 'skein.streams' }: DurableStreamOptions) {
    const { scopes } = store.project(projectId).as({ userId: ownerId });
    this.#streams = store.operator.streams;
    this.#openThread = async () => {
      const [thread] = await scopes.getOrCreate([scope]);
      return `${projectId}/${mustBeOurs(thread!).id}`; // one in, one out
    };
  }

  async find(streamId: string): Promise<Stream | undefined> {
    const stream = await this.#streams.find(await this.#keyOf(streamId));
    return stream && !hasExpired(stream) ? stream : undefined;
  }

  /**
   * Begins a stream, which ends by itself after `ttlMs` without a chunk; `undefined` if it exists.
   */
  async acquire(streamId: string, ttlMs: number): Promise<OwnStream | undefined> {
    const key = await this.#keyOf(streamId);
    const known = await this.#streams.find(key);
    if (known && !hasExpired(known)) return undefined;
    const token = crypto.randomUUID();
    try {
      await this.#streams.create([{ ...key, resumeToken: token, expiresAt: timeIn(ttlMs) }]);
    } catch (error) {
      if (error instanceof SkeinError && error.code === 'conflict') return undefined;
      throw error;
    }
    return { token, producer: await this.#streams.open({ ...key, resumeToken: token }) };
  }

  /**
   * Continues a stream that was acquired elsewhere. Throws `conflict` for another token or an ended
   * stream.
   */
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

  /**
   * The row of an active stream stays behind as an expired one, so that a writer that has
   * not heard of this cannot write to the next stream with the id.
   */
  async delete(streamId: string): Promise<void> {
    const key = await this.#keyOf(streamId);
    const stream = await this.#streams.find(key);
    if (stream === undefined || stream.status === 'expired') return;
    const version = { ...key, ifVersion: stream.version };
    try {
      if (stream.status !== 'active') await this.#streams.delete([version]);
      else await this.#streams.update([{ ...version, status: 'expired' }]);
    } catch (error) {
      if (!(error instanceof SkeinError) || !changedCodes.has(error.code)) throw error;
      await this.delete(streamId);
    }
  }

  /** Ids may be longer than the store allows. */
  async #keyOf(streamId: string): Promise<{ threadId: string; id: string }> {
    const id = streamId.length <= idLengthMax ? streamId : await sha256(streamId);
    return { threadId: await this.#findThread(), id };
  }

  #findThread(): Promise<string> {
    this.#threadId ??= this.#openThread().catch((error: unknown) => {
      this.#threadId = undefined; // the next call tries again
      throw error;
    });
    return this.#threadId;
  }
}

const ownerId = 'skein';
const scope = { scopeType: 'skein', scopeId: 'streams', title: 'Streams' };

/**
 * In a project that callers share, another caller may have created the thread first, perhaps
 * readable for all.
 */
function mustBeOurs(thread: Thread): Thread {
  if (thread.ownerId === ownerId) return thread;
  throw new SkeinError(
    'conflict',
    `The thread for streams in the project ${thread.projectId} belongs to a caller: choose a project that only the server uses.`,
  );
}

/** Another call has written or deleted the stream in the meantime. */
const changedCodes: ReadonlySet<string> = new Set(['not_found', 'precondition_failed']);
const idLengthMax = 128;

function hasExpired({ status, expiresAt }: Stream): boolean {
  return (
    status === 'expired' || (expiresAt !== undefined && Date.parse(expiresAt) <= systemClock())
  );
}

function timeIn(durationMs: number): string {
  return new Date(systemClock() + durationMs).toISOString();
}

/**
 * Keeps a stream from expiring while it is written, without an additional commit for each chunk.
 */
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
