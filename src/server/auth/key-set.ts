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
/** A set has a few keys of a few hundred bytes. */
const bytesMax = 1024 * 1024;
const keysMax = 1000;

/**
 * The keys that an identity provider publishes. They are fetched on first use, again after ten
 * minutes, and when a token names an unknown key (at most twice a minute, since any caller can send
 * such tokens). While the provider cannot be reached, or answers with something else than a key
 * set, the previous keys remain in use, and a token whose key is known waits for no answer.
 */
export class KeySet {
  readonly #url: string;
  readonly #now: () => number;
  #keys: PublishedKey[] | undefined;
  #fetchedMs = 0;
  #triedMs = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;
  /** What was wrong with the last answer. */
  #cause: unknown;

  /** `now` is a clock that never goes back, in milliseconds. */
  constructor(url: string, now: () => number = () => performance.now()) {
    this.#url = new URL(url).href;
    this.#now = now;
  }

  /**
   * All keys, fetched again if that may find the named one. Throws `unavailable` if there are no
   * keys.
   */
  async find(keyId: string | undefined): Promise<PublishedKey[]> {
    const isKnown = this.#keys?.some((key) => key.kid === keyId) ?? false;
    if (this.#isDue(isKnown)) {
      this.#fetching ??= this.#fetch().finally(() => (this.#fetching = undefined));
      if (!isKnown) await this.#fetching;
    }
    if (this.#keys !== undefined) return this.#keys;
    throw unavailable(this.#cause);
  }

  #isDue(isKnown: boolean): boolean {
    if (this.#fetching !== undefined) return true;
    const now = this.#now();
    if (now - this.#triedMs < retryMs) return false;
    return !isKnown || now - this.#fetchedMs > freshMs;
  }

  /** Never fails: without keys, the caller finds none. */
  async #fetch(): Promise<void> {
    const startedMs = this.#now();
    this.#triedMs = startedMs;
    try {
      this.#keys = await readKeys(this.#url);
      this.#fetchedMs = startedMs;
    } catch (error) {
      // Whatever is wrong with the provider or its answer: the previous keys remain in use.
      this.#cause = error;
    }
  }
}

/** A redirect could lead anywhere, and what it leads to would decide who is let in. */
async function readKeys(url: string): Promise<PublishedKey[]> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  try {
    const response = await fetch(url, { signal: controller.signal, redirect: 'error' });
    if (!response.ok) throw new TypeError(`The key set responds with status ${response.status}`);
    return keysIn(JSON.parse(await readText(response)));
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}

async function readText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > bytesMax) throw new TypeError(`The key set is larger than ${bytesMax} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function keysIn(set: unknown): PublishedKey[] {
  const keys = isObject(set) && 'keys' in set ? set.keys : undefined;
  if (!Array.isArray(keys)) throw new TypeError('The key set has no array `keys`');
  if (keys.length > keysMax) throw new TypeError(`The key set has more than ${keysMax} keys`);
  return keys.filter(isObject);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function unavailable(cause: unknown): SkeinError {
  return new SkeinError(
    'unavailable',
    "The identity provider's key set cannot be read now. Try again later.",
    { cause },
  );
}
