import { backoffMs, sleep, type Backoff } from '../../shared/backoff.ts';

/** How long a call goes on trying: from its first pause, unless it has begun before. */
export class Patience {
  readonly #patienceMs: number;
  #endMs: number | undefined;
  #pauses = 0;

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** An attempt that waits long for an answer, and in vain, does not use it up: so pauses begin it. */
  begin(): void {
    this.#endMs ??= performance.now() + this.#patienceMs;
  }

  get hasEnded(): boolean {
    return this.#leftMs() <= 0;
  }

  /** Waits a little, longer each time. False, at once, when patience has ended. */
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
