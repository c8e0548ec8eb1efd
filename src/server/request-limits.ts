import type { RateLimits } from '../api/rate-limit.ts';
import { SkeinError } from '../shared/error.ts';
import type { Identity } from './auth/authenticator.ts';
import type { RequestSource } from './request/request-source.ts';
import { TokenBuckets } from './token-buckets.ts';

/** A caller or a project has sent too many requests. */
export class TooManyRequestsError extends SkeinError {
  override readonly name = 'TooManyRequestsError';
  readonly retryAfterSeconds: number;

  constructor(whose: string, waitMs: number) {
    const seconds = Math.max(1, Math.ceil(waitMs / 1000));
    super('rate_limited', `Too many requests of ${whose}. Try again in ${seconds} s.`);
    this.retryAfterSeconds = seconds;
  }
}

/**
 * How many requests callers and projects may send. A request counts once, however long its answer
 * streams.
 */
export class RequestLimits {
  readonly #callers: TokenBuckets | undefined;
  readonly #projects: TokenBuckets | undefined;
  readonly #proxies: number;
  readonly #now: () => number;

  /**
   * `proxies`: how many reverse proxies stand before the server. `now` is a clock that never goes
   * back, in milliseconds.
   */
  constructor(
    { perCaller, perProject }: RateLimits,
    proxies: number,
    now: () => number = () => performance.now(),
  ) {
    this.#callers = perCaller && new TokenBuckets(perCaller);
    this.#projects = perProject && new TokenBuckets(perProject);
    this.#proxies = proxies;
    this.#now = now;
  }

  /**
   * Finds out who calls, and throws `TooManyRequestsError` if that is too often. Guesses at
   * credentials count for the address that they come from.
   */
  async identify(
    source: RequestSource,
    identifying: () => Identity | Promise<Identity>,
  ): Promise<Identity> {
    let identity: Identity;
    try {
      identity = await identifying();
    } catch (error) {
      if (error instanceof SkeinError && error.code === 'unauthenticated')
        this.#take(this.#callers, this.#addressName(source), 'this address');
      throw error;
    }
    this.admit(identity, source);
    return identity;
  }

  /** Counts a request of a caller who is known. Throws `TooManyRequestsError`. */
  admit({ projectId, userId, keyId }: Identity, source: RequestSource): void {
    if (userId !== undefined)
      this.#take(this.#callers, JSON.stringify([projectId, userId]), 'this caller');
    else if (keyId !== undefined) this.#take(this.#callers, `key ${keyId}`, 'this server key');
    else this.#take(this.#callers, this.#addressName(source), 'this address');
    this.#take(this.#projects, projectId, 'all callers of the project');
  }

  #take(buckets: TokenBuckets | undefined, name: string | undefined, whose: string): void {
    if (buckets === undefined || name === undefined) return;
    const waitMs = buckets.take(name, this.#now());
    if (waitMs > 0) throw new TooManyRequestsError(whose, waitMs);
  }

  /** `undefined`: a framework does not tell, and strangers must not share one bucket. */
  #addressName(source: RequestSource): string | undefined {
    const address = clientAddress(source, this.#proxies);
    return address === undefined ? undefined : `address ${networkOf(address)}`;
  }
}

/**
 * The address of the client. Each proxy adds to `X-Forwarded-For` the address that it was called
 * from; what stands before the entries of our own proxies, the client may have written itself.
 */
function clientAddress(
  { address, headers }: Pick<RequestSource, 'address' | 'headers'>,
  proxies: number,
): string | undefined {
  const header = proxies > 0 ? headers.get('x-forwarded-for') : null;
  const hops = (header ?? '').split(',').map((hop) => hop.trim());
  return (proxies > 0 && hops.at(-Math.min(proxies, hops.length))) || address;
}

/** An IPv6 network of 64 bits is one customer's, who has all its addresses. */
function networkOf(address: string): string {
  const plain = address
    .replace(/^\[|\](:\d+)?$/g, '')
    .replace(/%.*$/, '')
    .toLowerCase();
  const mapped = /^::ffff:([\d.]+)$/.exec(plain);
  if (mapped) return mapped[1]!;
  if (!plain.includes(':')) return plain.slice(0, addressLengthMax);
  const [head = '', tail] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length);
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...rest];
  const network = all.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${network.join(':')}::/64`.slice(0, addressLengthMax);
}

const addressLengthMax = 64;
