import { SkeinError } from '../../shared/error.ts';

/**
 * One key of a JSON Web Key Set (RFC 7517), as far as anybody but the crypto library looks into it.
 */
export interface PublishedKey extends JsonWebKey {
  readonly kid?: string;
}

const freshMs = 10 * 60_000;
const retryMs = 30_000;
const timeoutMs = 5_000;

/**
 * The keys that an identity provider publishes, fetched when first needed, again after ten minutes,
 * and when a token names a key that is not known (at most twice a minute, since anybody can send
 * such tokens). While the provider cannot be reached, the keys fetched before go on being used.
 */
export class KeySet {
  readonly #url: string;
  #keys: PublishedKey[] | undefined;
  #fetchedMs = 0;
  #triedMs = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;

  constructor(url: string) {
    this.#url = new URL(url).href;
  }

  /**
   * All keys, fetched anew if that may bring the one named. Throws `unavailable` when there are
   * none at all.
   */
  async find(keyId: string | undefined): Promise<PublishedKey[]> {
    if (this.#isDue(keyId)) {
      this.#fetching ??= this.#fetch().finally(() => (this.#fetching = undefined));
      await this.#fetching;
    }
    if (this.#keys !== undefined) return this.#keys;
    throw new SkeinError('unavailable', 'The key set of the identity provider cannot be read now.');
  }

  #isDue(keyId: string | undefined): boolean {
    if (this.#fetching !== undefined) return true;
    const now = performance.now();
    if (now - this.#triedMs < retryMs && this.#triedMs !== Number.NEGATIVE_INFINITY) return false;
    if (this.#keys === undefined || now - this.#fetchedMs > freshMs) return true;
    return !this.#keys.some((key) => key.kid === keyId);
  }

  async #fetch(): Promise<void> {
    this.#triedMs = performance.now();
    try {
      const response = await fetch(this.#url, { signal: AbortSignal.timeout(timeoutMs) });
      if (!response.ok) throw new TypeError(`The key set answers ${response.status}`);
      const set = (await response.json()) as { readonly keys?: unknown }; // checked on the next line
      if (!Array.isArray(set?.keys)) throw new TypeError('The key set has no keys');
      this.#keys = set.keys.filter(isKey);
      this.#fetchedMs = this.#triedMs;
    } catch (error) {
      if (this.#keys !== undefined) return; // the keys fetched before still hold
      throw new SkeinError(
        'unavailable',
        'The key set of the identity provider cannot be read now.',
        { cause: error },
      );
    }
  }
}

function isKey(value: unknown): value is PublishedKey {
  return typeof value === 'object' && value !== null;
}
