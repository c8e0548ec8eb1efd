import { backoffMs, sleep, type Backoff } from '../../shared/backoff.ts';

/** How long a call keeps trying, measured from its first pause or from an explicit `begin`. */
export class Patience {
  readonly #patienceMs: number;
  #endMs: number | undefined;
  #pauses = 0;

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /**
   * Starts the clock. Pauses start it too, so that a first attempt that waits long in vain does not
   * use up the patience.
   */
  begin(): void {
    this.#endMs ??= performance.now() + this.#patienceMs;
  }

  get hasEnded(): boolean {
    return this.#leftMs() <= 0;
  }

  /** Waits a little, longer each time. Returns false, at once, when patience has run out. */
  async pause(): Promise<boolean> {
    this.begin();
    const leftMs = this.#leftMs();
    if (leftMs <= 0) return false;
    await sleep(Math.min(backoffMs(++this.#pauses, pauses), leftMs));
    return true;
  }

  #leftMs(): number {
    return this.#endMs === undefined ? Infinity : this.#endMs - performance.now();
  }
}

const pauses: Backoff = { firstMs: 5, maxMs: 250, jitter: 'full' };
