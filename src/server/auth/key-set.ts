import { SkeinError } from '../../shared/error.ts';

/**
 * The fields of a key in a JSON Web Key Set (RFC 7517) that code outside the crypto library reads.
 */
interface PublishedKey extends JsonWebKey {
  readonly kid?: string;
}

const freshMs = 10 * 60_000;
const retryMs = 30_000;
const timeoutMs = 5_000;

/**
 * The keys that an identity provider publishes. They are fetched on first use, again after ten
 * minutes, and when a token names an unknown key (at most twice a minute, since any caller can send
 * such tokens). While the provider cannot be reached, the previous keys remain in use.
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
   * All keys, fetched again if that may find the named one. Throws `unavailable` if there are no
   * keys.
   */
  async find(keyId: string | undefined): Promise<PublishedKey[]> {
    if (this.#isDue(keyId)) {
      this.#fetching ??= this.#fetch().finally(() => (this.#fetching = undefined));
      await this.#fetching;
    }
    if (this.#keys !== undefined) return this.#keys;
    throw new SkeinError(
      'unavailable',
      "The identity provider's key set cannot be read now. Try again later.",
    );
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
      if (!response.ok) throw new TypeError(`The key set responds with status ${response.status}`);
      // Checked on the next line.
      const set = (await response.json()) as { readonly keys?: unknown };
      if (!Array.isArray(set?.keys)) throw new TypeError('The key set has no array `keys`');
      this.#keys = set.keys.filter(isKey);
      this.#fetchedMs = this.#triedMs;
    } catch (error) {
      if (this.#keys !== undefined) return; // the previous keys remain in use
      throw new SkeinError('unavailable', "The identity provider's key set cannot be read now.", {
        cause: error,
      });
    }
  }
}

function isKey(value: unknown): value is PublishedKey {
  return typeof value === 'object' && value !== null;
}
