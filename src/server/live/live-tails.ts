import type { Lifetime } from '../auth/authenticator.ts';
import type { Logger } from '../logger.ts';
import { LiveTail } from './live-tail.ts';

interface LiveTailsOptions {
  /** A comment is sent after this long without an event. */
  readonly commentIntervalMs: number;
  /** How long a client should wait before it reconnects. */
  readonly retryMs: number;
  readonly logger: Logger | undefined;
}

/** The open live tails of one server. */
export class LiveTails {
  readonly #open = new Set<{ stop(): void }>();
  readonly #options: LiveTailsOptions;
  #isStopped = false;

  constructor(options: LiveTailsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#open.size;
  }

  /**
   * Opens a tail that ends with the client's connection or credential, and returns its body. Throws
   * an error that occurs before the first event, so that it becomes an ordinary error response.
   */
  async open<Event>(
    start: (signal: AbortSignal) => AsyncGenerator<Event, void, undefined>,
    encode: (event: Event) => string,
    client: AbortSignal,
    lifetime?: Lifetime,
  ): Promise<ReadableStream<Uint8Array>> {
    let release = (): void => undefined;
    const tail = new LiveTail(start, {
      ...this.#options,
      encode,
      onEnd: () => {
        this.#open.delete(tail);
        client.removeEventListener('abort', stop);
        release();
      },
    });
    const stop = (): void => tail.stop();
    this.#open.add(tail);
    release = lifetime?.(stop) ?? release;
    client.addEventListener('abort', stop);
    if (client.aborted || this.#isStopped) tail.stop();
    await tail.ready();
    return tail.body();
  }

  /** Ends all tails, including those opened later. */
  stop(): void {
    this.#isStopped = true;
    for (const tail of this.#open) tail.stop();
  }
}
