import type { RateLimit } from '../api/rate-limit.ts';
import { LruMap } from '../shared/lru-map.ts';

interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

/** Beyond these, the bucket that has not been used for the longest time is forgotten, so full. */
const bucketsMax = 50_000;

/** A bucket for each name: it fills steadily up to the burst, and each request takes one token. */
export class TokenBuckets {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #buckets = new LruMap<string, Bucket>(bucketsMax);

  /** Throws `TypeError` for a limit that lets nothing through. */
  constructor({ perSecond, burst = Math.max(1, perSecond * 5) }: RateLimit) {
    if (!(perSecond > 0) || !(burst >= 1))
      throw new TypeError('A rate limit needs perSecond above 0 and a burst of at least 1');
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
  }

  /**
   * Takes a token, and returns 0. Without one it takes nothing, and returns how long to wait for
   * it, in milliseconds. `nowMs` never goes back.
   */
  take(name: string, nowMs: number): number {
    const { tokens, atMs } = this.#buckets.get(name) ?? { tokens: this.#burst, atMs: nowMs };
    const filled = Math.min(this.#burst, tokens + (nowMs - atMs) * this.#perMs);
    if (filled < 1) return Math.ceil((1 - filled) / this.#perMs);
    this.#buckets.set(name, { tokens: filled - 1, atMs: nowMs });
    return 0;
  }
}
