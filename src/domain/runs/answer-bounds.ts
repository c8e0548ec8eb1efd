import type { Chunk } from '../../api/responder.ts';
import type { RunBounds } from '../../api/run-options.ts';
import { RunFailure } from '../../shared/run-failure.ts';
import { sizeBound } from '../../shared/validate.ts';

/**
 * What an answer may take: a model that does not stop would fill the disk, and no reader could hold
 * the answer. What was written up to a bound is kept.
 */
export class AnswerBounds {
  readonly #bounds: RunBounds;
  readonly #controller = new AbortController();
  readonly #stopped: AbortSignal;
  readonly #timer: ReturnType<typeof setTimeout>;
  #chunks = 0;
  #characters = 0;
  #isLate = false;

  /** `stopped` aborts when the run was ended. */
  constructor(bounds: RunBounds, stopped: AbortSignal) {
    this.#bounds = bounds;
    this.#stopped = stopped;
    this.#timer = setTimeout(() => {
      this.#isLate = true;
      this.#controller.abort();
    }, bounds.runMsMax);
    this.#timer.unref?.();
    stopped.addEventListener('abort', this.#abort, { once: true });
    if (stopped.aborted) this.#abort();
  }

  /** Aborts when the run was ended or has taken too long. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Counts a chunk before it is stored. Throws if there are too many. */
  count(chunk: Chunk): void {
    if (this.#chunks >= this.#bounds.runChunksMax) throw tooLarge();
    this.#chunks += 1;
    this.#characters += sizeOf(chunk);
  }

  /** Throws if what was stored is too large, or has taken too long. */
  mustHold(): void {
    if (this.#characters > this.#bounds.runCharactersMax) throw tooLarge();
    if (!this.#isLate) return;
    const message = 'The answer took too long. What was written until then is kept.';
    throw new RunFailure({ code: 'timeout', message, retryable: true });
  }

  release(): void {
    clearTimeout(this.#timer);
    this.#stopped.removeEventListener('abort', this.#abort);
  }

  readonly #abort = (): void => this.#controller.abort();
}

function tooLarge(): RunFailure {
  const message = 'The answer grew too large for one item. Its beginning is kept.';
  return new RunFailure({ code: 'too_large', message, retryable: false });
}

/**
 * How much a chunk adds to the answer: for a piece of text its length, for any other at most its
 * size as JSON.
 */
function sizeOf(chunk: Chunk): number {
  const text = chunk.delta ?? chunk.inputTextDelta;
  return typeof text === 'string' ? text.length : sizeBound(chunk);
}
