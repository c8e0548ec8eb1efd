import { SkeinError } from '../../shared/error.ts';
import { loggableError } from '../../shared/loggable-error.ts';
import { Wakeup } from '../../shared/wakeup.ts';
import type { Logger } from '../logger.ts';
import type { FairTurns } from './fair-turns.ts';

export interface LiveTailOptions<Event> {
  readonly encode: (event: Event) => Uint8Array;
  readonly commentIntervalMs: number;
  /** What comes before the first event. */
  readonly prefix: Uint8Array;
  /** What shows that the connection is alive. */
  readonly comment: Uint8Array;
  /** How many bytes are handed to the socket at a time. */
  readonly chunkBytes: number;
  /** How much may wait for a client that does not read, in bytes, besides what is under way. */
  readonly waitingBytesMax: number;
  /** Closes the client's connection. Default: the body ends with an error. */
  readonly cut?: (() => void) | undefined;
  readonly turns: FairTurns;
  readonly logger: Logger | undefined;
  /** Called once, when the tail has ended for any reason. */
  readonly onEnd: () => void;
}

/**
 * How long the response waits for a first event or an error, in milliseconds. A tail that continues
 * from the current position has no event yet, and its client must not wait for one.
 */
const firstWaitMs = 250;

/**
 * A client's live tail as a body that is produced only as fast as the socket takes it. One event is
 * held and handed out in small chunks. A client that had caught up and no longer reads (`check`)
 * has events waiting for it, which it shares with all readers who see the same; once too much
 * waits, it is cut. It continues from its last cursor when it comes back, like one that fell behind
 * while it was away: such a client reads the log, and nothing waits for it.
 *
 * States: `new` → `ready` (the first event or comment is held) → `ended`. Invariants: unless the
 * client has stalled, the generator is asked for its next event only after the previous one was
 * handed out; whichever side ends the tail, it ends once, aborts the signal and returns the
 * generator.
 */
export class LiveTail<Event> {
  readonly #options: LiveTailOptions<Event>;
  readonly #abort = new AbortController();
  readonly #events: AsyncGenerator<Event, void, undefined>;
  #hasEnded = false;
  /** The other side closed the stream: nothing may be enqueued any more. */
  #isCancelled = false;
  /** The part of the event that was not handed out yet. */
  #held: Uint8Array | undefined;
  /** Events for a client that has stalled. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** The client has read all that happened before it came: what it gets now happens now. */
  #hasCaughtUp = false;
  #isPulling = false;
  #hasPulled = false;
  #hasStalled = false;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** The requested event: `asked` until it arrives. */
  #next: 'none' | 'asked' | IteratorResult<Event, void> | { readonly error: unknown } = 'none';
  /** Rings when the requested event arrives or the tail ends. */
  readonly #wakeup = new Wakeup();

  constructor(
    start: (signal: AbortSignal) => AsyncGenerator<Event, void, undefined>,
    options: LiveTailOptions<Event>,
  ) {
    this.#options = options;
    this.#events = start(this.#abort.signal);
  }

  /** Waits for the first event. Throws an error that occurs before it. */
  async ready(): Promise<void> {
    try {
      const first = await this.#take(firstWaitMs);
      this.#held = joined(this.#options.prefix, first);
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  body(): ReadableStream<Uint8Array> {
    return new ReadableStream(
      {
        start: (controller) => void (this.#controller = controller),
        pull: (controller) => this.#pull(controller),
        cancel: () => this.#cancel(),
      },
      // Nothing is produced before the stream is read.
      { highWaterMark: 0 },
    );
  }

  /** Ends the tail, because the client disconnected, its credential ended or the server stops. */
  stop(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#held = undefined; // an event that was under way comes again when the client is back
    this.#waiting = [];
    this.#abort.abort();
    this.#wakeup.ring();
    this.#options.onEnd();
    this.#events.return().catch((error: unknown) => this.#report(error));
  }

  /**
   * Called every now and then. A client that has taken nothing since the last time has stalled:
   * what it would have to read waits for it, up to the limit.
   */
  check(): void {
    this.#hasStalled = this.#hasCaughtUp && !this.#isPulling && !this.#hasPulled;
    this.#hasPulled = false;
    this.#gather();
  }

  #gather(): void {
    while (this.#hasStalled && !this.#hasEnded) {
      if (this.#next === 'none') return this.#ask();
      // The client hears of an error or the end when it reads on.
      if (this.#next === 'asked' || 'error' in this.#next || this.#next.done) return;
      const bytes = this.#options.encode(this.#next.value);
      this.#next = 'none';
      this.#waiting.push(bytes);
      this.#waitingBytes += bytes.byteLength;
      if (this.#waitingBytes > this.#options.waitingBytesMax) return this.#cut();
    }
  }

  #cut(): void {
    this.stop();
    this.#options.logger?.info({}, 'A live tail was cut: its client does not read.');
    if (this.#options.cut) return this.#options.cut();
    if (!this.#isCancelled) this.#controller?.error(new Error('The client does not read.'));
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#hasPulled = true;
    this.#hasStalled = false;
    this.#isPulling = true;
    const { chunkBytes } = this.#options;
    try {
      this.#held ??= this.#takeWaiting() ?? (await this.#take(this.#options.commentIntervalMs));
      const turn = this.#held && this.#options.turns.take(Math.min(this.#held.length, chunkBytes));
      if (turn) await turn;
      const held = this.#held; // nothing if the tail has ended meanwhile
      if (held === undefined) return this.#close(controller);
      this.#held = held.byteLength > chunkBytes ? held.subarray(chunkBytes) : undefined;
      controller.enqueue(held.byteLength > chunkBytes ? held.subarray(0, chunkBytes) : held);
    } catch (error) {
      // The status was sent long ago. The client sees the end, reconnects, and gets the error then.
      this.#report(error);
      this.#close(controller);
    } finally {
      this.#isPulling = false;
    }
  }

  #takeWaiting(): Uint8Array | undefined {
    const bytes = this.#waiting.shift();
    this.#waitingBytes -= bytes?.byteLength ?? 0;
    return bytes;
  }

  #close(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.stop();
    if (!this.#isCancelled) controller.close();
  }

  #cancel(): void {
    this.#isCancelled = true;
    this.stop();
  }

  /** The next event, a comment if none arrives within `waitMs`, or `undefined` at the end. */
  async #take(waitMs: number): Promise<Uint8Array | undefined> {
    if (this.#next === 'none') this.#ask();
    if (this.#next === 'asked' && !this.#hasEnded) await this.#wakeup.wait(waitMs);
    if (this.#hasEnded) return undefined;
    const next = this.#next;
    if (next === 'asked' || next === 'none') return this.#options.comment;
    this.#next = 'none';
    if ('error' in next) throw next.error;
    if (next.done) return undefined;
    this.#hasCaughtUp ||= isHead(next.value);
    return this.#options.encode(next.value);
  }

  // Racing the event against a timer would add one more callback to the same promise every few
  // seconds while a thread is quiet. So the event wakes the current waiter, if there is one.
  #ask(): void {
    this.#wakeup.reset();
    this.#next = 'asked';
    this.#events.next().then(
      (result) => this.#arrive(result),
      (error: unknown) => this.#arrive({ error }),
    );
  }

  #arrive(next: IteratorResult<Event, void> | { readonly error: unknown }): void {
    this.#next = next;
    this.#wakeup.ring();
    this.#gather();
  }

  #report(error: unknown): void {
    const message = 'A live tail ended with an error.';
    if (error instanceof SkeinError)
      this.#options.logger?.info({ err: loggableError(error) }, message);
    else this.#options.logger?.error({ err: loggableError(error) }, message);
  }
}

/** A thread's head follows when everything before it was told. */
function isHead(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'type' in event && event.type === 'head';
}

function joined(prefix: Uint8Array, first: Uint8Array | undefined): Uint8Array {
  if (first === undefined || prefix.byteLength === 0) return first ?? prefix;
  const bytes = new Uint8Array(prefix.byteLength + first.byteLength);
  bytes.set(prefix);
  bytes.set(first, prefix.byteLength);
  return bytes;
}
