import { encodeRetry, liveComment } from '../../protocol/live-events.ts';
import { SkeinError } from '../../shared/error.ts';
import type { Lifetime } from '../auth/authenticator.ts';
import type { Logger } from '../logger.ts';
import { EventBytes, type EncodeEvent } from './event-bytes.ts';
import { FairTurns } from './fair-turns.ts';
import { LiveTail, type LiveTailOptions } from './live-tail.ts';

interface LiveTailsOptions {
  /** A comment is sent after this long without an event. */
  readonly commentIntervalMs: number;
  /**
   * How long a client should wait before it reconnects, at least. The tail tells it up to twice as
   * much, by chance, so that the clients of a server that has gone do not all return in the same
   * moment.
   */
  readonly retryMs: number;
  readonly logger: Logger | undefined;
  /** How many may be open. Default 5,000. */
  readonly countMax?: number | undefined;
  /** How many one user may have open. Default 20. */
  readonly countPerUserMax?: number | undefined;
  /** How much may wait for a client that does not read, in bytes. Default 1 MiB. */
  readonly waitingBytesMax?: number;
  /** Default `Math.random`. */
  readonly random?: () => number;
}

/** Who reads a tail. */
export interface TailReader {
  /** How long the credential is good: the tail ends with it. */
  readonly lifetime?: Lifetime | undefined;
  /** The user in whose number of tails it counts. */
  readonly user?: string | undefined;
  /** Whether it is refused if too many are open. Default true. */
  readonly isBounded?: boolean;
  /** Closes the client's connection. Of events that something else sends: when the tails end. */
  readonly cut?: (() => void) | undefined;
  /**
   * What shows that the connection is alive, where each event is a message of its own, and so a
   * chunk of the body. Default: server-sent events.
   */
  readonly alive?: Uint8Array;
}

/** The place of events that are sent elsewhere among the tails of a server. */
export interface ForeignTail {
  /** The events have ended. */
  release(): void;
  /** See `FairTurns`: so many bytes are about to be sent. */
  takeTurn(bytes: number): Promise<void> | undefined;
}

type OpenTail = Pick<LiveTail<unknown>, 'stop' | 'check'>;

/** The open live tails of one server. */
export class LiveTails {
  readonly #open = new Set<OpenTail>();
  readonly #countByUser = new Map<string, number>();
  readonly #bytes = new EventBytes();
  readonly #turns = new FairTurns();
  readonly #options: LiveTailsOptions;
  #checking: ReturnType<typeof setInterval> | undefined;
  #isStopped = false;

  constructor(options: LiveTailsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#open.size;
  }

  /**
   * Opens a tail that ends with the client's connection or credential, and returns its body. Throws
   * an error that occurs before the first event, so that it becomes an ordinary error response, and
   * `rate_limited` or `unavailable` if too many are open.
   */
  async open<Event>(
    start: (signal: AbortSignal) => AsyncGenerator<Event, void, undefined>,
    encode: EncodeEvent<Event>,
    client: AbortSignal,
    reader: TailReader = {},
  ): Promise<ReadableStream<Uint8Array>> {
    if (reader.isBounded ?? true) this.#mustHaveRoom(reader.user);
    const { commentIntervalMs, logger } = this.#options;
    let release = (): void => undefined;
    const tail = new LiveTail(start, {
      ...this.#formOf(reader),
      commentIntervalMs,
      logger,
      waitingBytesMax: this.#options.waitingBytesMax ?? waitingBytesMax,
      cut: reader.cut,
      encode: (event: Event) => this.#bytes.of(event, encode),
      turns: this.#turns,
      onEnd: () => {
        this.#remove(tail, reader.user);
        client.removeEventListener('abort', stop);
        release();
      },
    });
    const stop = (): void => tail.stop();
    this.#add(tail, reader.user);
    release = reader.lifetime?.(stop) ?? release;
    client.addEventListener('abort', stop);
    if (client.aborted || this.#isStopped) tail.stop();
    await tail.ready();
    return tail.body();
  }

  /**
   * Server-sent events begin with when to come back: up to twice the time and by chance, so that
   * clients whose server has gone do not all return in the same moment.
   */
  #formOf({ alive }: TailReader): TailForm {
    if (alive) return { prefix: new Uint8Array(), comment: alive, chunkBytes: Infinity };
    const { retryMs, random = Math.random } = this.#options;
    const prefix = encoder.encode(encodeRetry(Math.round(retryMs * (1 + random()))));
    return { prefix, comment, chunkBytes };
  }

  /**
   * Counts events that something else than a tail of this server sends, such as a mount, until the
   * client's connection ends or the returned function is called. Throws as `open` does.
   */
  hold({ user, isBounded = true, cut }: TailReader, client: AbortSignal): ForeignTail {
    if (isBounded) this.#mustHaveRoom(user);
    const tail: OpenTail = { stop: () => cut?.(), check: () => undefined };
    const release = (): void => {
      client.removeEventListener('abort', release);
      if (this.#open.has(tail)) this.#remove(tail, user);
    };
    this.#add(tail, user);
    client.addEventListener('abort', release);
    if (client.aborted) release();
    if (this.#isStopped) tail.stop();
    return { release, takeTurn: (bytes) => this.#turns.take(bytes) };
  }

  /** Ends all tails, including those opened later. */
  stop(): void {
    this.#isStopped = true;
    for (const tail of this.#open) tail.stop();
  }

  /** Looks whether the clients still read what they have opened. */
  check(): void {
    for (const tail of this.#open) tail.check();
  }

  #mustHaveRoom(user: string | undefined): void {
    const { countMax = 5000, countPerUserMax = 20 } = this.#options;
    if (this.#open.size >= countMax) {
      throw new SkeinError(
        'unavailable',
        'Too many live tails are open on this server. Try again later.',
      );
    }
    if (user === undefined || (this.#countByUser.get(user) ?? 0) < countPerUserMax) return;
    throw new SkeinError(
      'rate_limited',
      `You have ${countPerUserMax} live tails open: close one, or try again later.`,
    );
  }

  #add(tail: OpenTail, user: string | undefined): void {
    this.#open.add(tail);
    if (user !== undefined) this.#countByUser.set(user, (this.#countByUser.get(user) ?? 0) + 1);
    this.#checking ??= setInterval(() => this.check(), checkMs);
    this.#checking.unref?.();
  }

  #remove(tail: OpenTail, user: string | undefined): void {
    this.#open.delete(tail);
    if (this.#open.size === 0) {
      clearInterval(this.#checking);
      this.#checking = undefined;
    }
    if (user === undefined) return;
    const left = (this.#countByUser.get(user) ?? 1) - 1;
    if (left > 0) this.#countByUser.set(user, left);
    else this.#countByUser.delete(user);
  }
}

type TailForm = Pick<LiveTailOptions<unknown>, 'prefix' | 'comment' | 'chunkBytes'>;

const encoder = new TextEncoder();
const comment = encoder.encode(liveComment);
const chunkBytes = 16 * 1024;
const waitingBytesMax = 1024 * 1024;
const checkMs = 1000;
