import type { Logger } from '../logger.ts';
import { LiveTail } from './live-tail.ts';

export interface LiveTailsOptions {
  /** A comment goes out when nothing else did for so long. */
  readonly commentIntervalMs: number;
  /** How long a client should wait before it connects again. */
  readonly retryMs: number;
  readonly logger: Logger | undefined;
}

/** The live tails of one server that are open. */
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
   * Opens a tail that ends with the client's connection, and gives its body. Throws what the events
   * throw before the first one, so that it can still be answered as an ordinary error.
   */
  async open<Event>(
    start: (signal: AbortSignal) => AsyncGenerator<Event, void, undefined>,
    encode: (event: Event) => string,
    client: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>> {
    const tail = new LiveTail(start, {
      ...this.#options,
      encode,
      onEnd: () => {
        this.#open.delete(tail);
        client.removeEventListener('abort', stop);
      },
    });
    const stop = (): void => tail.stop();
    this.#open.add(tail);
    client.addEventListener('abort', stop);
    if (client.aborted || this.#isStopped) tail.stop();
    await tail.ready();
    return tail.body();
  }

  /** Ends all tails, and every one that is opened later. */
  stop(): void {
    this.#isStopped = true;
    for (const tail of this.#open) tail.stop();
  }
}
