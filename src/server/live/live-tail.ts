import { SkeinError } from '../../shared/error.ts';
import { Wakeup } from '../../shared/wakeup.ts';
import { encodeRetry, liveComment } from '../../protocol/live-events.ts';
import type { Logger } from '../logger.ts';

interface LiveTailOptions<Event> {
  readonly encode: (event: Event) => string;
  readonly commentIntervalMs: number;
  readonly retryMs: number;
  readonly logger: Logger | undefined;
  /** Called once, when the tail has ended for any reason. */
  readonly onEnd: () => void;
}

/**
 * How long the response waits for a first event or an error, in milliseconds. A tail that continues
 * from the current position has no event yet, and its client must not wait for one.
 */
const firstWaitMs = 250;

/** How many bytes are handed to the socket at a time. */
const chunkBytes = 16 * 1024;

/**
 * A client's live tail as a body that is produced only as fast as the socket takes it. At most one
 * event is held and handed out in small chunks, so a client that does not read costs no more than
 * that.
 *
 * States: `new` → `ready` (the first event or comment is held) → `ended`. Invariants: the generator
 * is asked for its next event only after the previous one was handed out; whichever side ends the
 * tail, it ends once, aborts the signal and returns the generator.
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
      const text = await this.#take(firstWaitMs);
      this.#held = encoder.encode(encodeRetry(this.#options.retryMs) + (text ?? ''));
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  body(): ReadableStream<Uint8Array> {
    return new ReadableStream(
      { pull: (controller) => this.#pull(controller), cancel: () => this.#cancel() },
      // Nothing is produced before the stream is read.
      { highWaterMark: 0 },
    );
  }

  /** Ends the tail, because the client disconnected, its credential ended or the server stops. */
  stop(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#held = undefined; // an event that was under way comes again when the client is back
    this.#abort.abort();
    this.#wakeup.ring();
    this.#options.onEnd();
    this.#events.return().catch((error: unknown) => this.#report(error));
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    try {
      if (this.#held === undefined) {
        const text = await this.#take(this.#options.commentIntervalMs);
        if (text === undefined) return this.#close(controller);
        this.#held = encoder.encode(text);
      }
      const held = this.#held;
      this.#held = held.byteLength > chunkBytes ? held.subarray(chunkBytes) : undefined;
      controller.enqueue(held.byteLength > chunkBytes ? held.subarray(0, chunkBytes) : held);
    } catch (error) {
      // The status was sent long ago. The client sees the end, reconnects, and gets the error then.
      this.#report(error);
      this.#close(controller);
    }
  }

  #close(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.stop();
    if (!this.#isCancelled) controller.close();
  }

  #cancel(): void {
    this.#isCancelled = true;
    this.stop();
  }

  /**
   * The next event as text, a comment if none arrives within `waitMs`, or `undefined` at the end.
   */
  async #take(waitMs: number): Promise<string | undefined> {
    if (this.#next === 'none') this.#ask();
    if (this.#next === 'asked' && !this.#hasEnded) await this.#wakeup.wait(waitMs);
    if (this.#hasEnded) return undefined;
    const next = this.#next;
    if (next === 'asked' || next === 'none') return liveComment;
    this.#next = 'none';
    if ('error' in next) throw next.error;
    return next.done ? undefined : this.#options.encode(next.value);
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
  }

  #report(error: unknown): void {
    const message = 'A live tail ended with an error.';
    if (error instanceof SkeinError) this.#options.logger?.info({ err: error }, message);
    else this.#options.logger?.error({ err: error }, message);
  }
}

const encoder = new TextEncoder();
