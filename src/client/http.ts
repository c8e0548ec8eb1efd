import type { Endpoint, HttpMethod } from '../api/operation.ts';
import type { VersionOptions } from '../api/write-options.ts';
import { pathTo, splitEndpoint } from '../protocol/path.ts';
import { systemClock } from '../shared/clock.ts';
import { backoffMs, sleep, type Backoff } from '../shared/backoff.ts';
import { invalid, SkeinError } from '../shared/error.ts';
import { newUuidV7 } from '../shared/ids.ts';
import { toJson } from '../shared/json.ts';
import { isShortText } from '../shared/text.ts';
import type { ClientOptions } from './client-options.ts';
import { errorOfResponse } from './problem-error.ts';
import { retryAfterMs } from './retry-after.ts';

export interface HttpRequest {
  readonly endpoint: Endpoint;
  /** All parameters of the endpoint's path. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: object;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** For POST and PUT. Default: a new one, so that a retry is always safe. */
  readonly idempotencyKey?: string | undefined;
  readonly requestId?: string | undefined;
  /** Sent as `If-Match`. */
  readonly ifVersion?: VersionOptions['ifVersion'] | undefined;
}

export interface HttpResponse<T> {
  readonly status: number;
  readonly body: T;
}

type Outcome<T> =
  | { readonly response: HttpResponse<T> }
  | { readonly error: SkeinError; readonly waitMs?: number | undefined };

const backoff: Backoff = { firstMs: 200, maxMs: 5_000 };
/** If the server asks for a longer pause than this, it counts as unavailable. */
const retryAfterMaxMs = 30_000;

/**
 * Requests to one server. An attempt that lost its connection, or that the server had no capacity
 * for, is repeated if that cannot do anything twice: every GET, and every POST and PUT, since each
 * carries an idempotency key. PATCH and DELETE are repeated only after 429, which says that nothing
 * was done.
 */
export class Http {
  readonly liveSilenceMs: number;
  readonly #options: ClientOptions;
  readonly #base: string;
  readonly #retries: number;
  readonly #timeoutMs: number;

  constructor(options: ClientOptions) {
    const { origin, pathname } = new URL(options.baseUrl); // a TypeError for misuse
    this.#base = origin + pathname.replace(/\/+$/, '');
    this.#options = options;
    this.#retries = options.retries ?? 4;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.liveSilenceMs = options.liveSilenceMs ?? 45_000;
  }

  /** The JSON of the response, typed by the caller as the API documents it. Throws `SkeinError`. */
  async send<T>(request: HttpRequest): Promise<HttpResponse<T>> {
    const { method } = splitEndpoint(request.endpoint);
    const headers = { ...requestHeaders(method, request), ...request.headers };
    const prepared = { ...request, headers };
    const body = jsonOf(request.body);
    for (let attempt = 1; ; attempt++) {
      const signal = AbortSignal.timeout(this.#timeoutMs);
      const outcome = await this.#try<T>(await this.#build(prepared, body, signal), signal);
      if ('response' in outcome) return outcome.response;
      const { error, waitMs } = outcome;
      const mayRetry = attempt <= this.#retries && mayRepeat(method, error.code);
      if (!mayRetry || (waitMs ?? 0) > retryAfterMaxMs) throw error;
      await sleep(waitMs ?? backoffMs(attempt, backoff));
    }
  }

  /**
   * One GET whose response is read as it arrives. Rejects as `fetch` does, or once `signal` aborts.
   */
  async open(request: HttpRequest, signal: AbortSignal): Promise<Response> {
    return orAborted(this.#fetch(await this.#build(request, undefined, signal)), signal);
  }

  async #try<T>(request: Request, signal: AbortSignal): Promise<Outcome<T>> {
    try {
      return await orAborted(this.#exchange<T>(request), signal);
    } catch (error) {
      // `fetch` and body readers reject with TypeError or DOMException if the connection fails.
      return { error: error instanceof SkeinError ? error : this.#unreachable(error) };
    }
  }

  async #exchange<T>(request: Request): Promise<Outcome<T>> {
    const response = await this.#fetch(request);
    if (response.ok)
      return { response: { status: response.status, body: await readBody<T>(response) } };
    const waitMs = retryAfterMs(response.headers.get('retry-after'));
    return { error: await errorOfResponse(response), waitMs };
  }

  #unreachable(cause: unknown): SkeinError {
    const isTimeout = cause instanceof DOMException && cause.name === 'TimeoutError';
    const what = isTimeout ? `did not answer within ${this.#timeoutMs} ms` : 'cannot be reached';
    return new SkeinError('unavailable', `The server at ${this.#base} ${what}.`, { cause });
  }

  #fetch(request: Request): Promise<Response> {
    return this.#options.fetch ? this.#options.fetch(request) : globalThis.fetch(request);
  }

  async #build(
    request: HttpRequest,
    body: string | undefined,
    signal: AbortSignal,
  ): Promise<Request> {
    const { endpoint, parameters = {}, query } = request;
    return new Request(this.#base + pathTo(endpoint, parameters) + queryText(query), {
      method: splitEndpoint(endpoint).method,
      signal,
      headers: { ...(await this.#identity()), ...request.headers },
      ...(body === undefined ? {} : { body }),
    });
  }

  async #identity(): Promise<Record<string, string>> {
    const { userId, headers } = this.#options;
    const token = await this.#token();
    return {
      ...headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(userId === undefined ? {} : { 'x-user-id': headerText('userId', userId) }),
    };
  }

  async #token(): Promise<string | undefined> {
    const { token } = this.#options;
    try {
      return typeof token === 'function' ? await token() : token;
    } catch (error) {
      if (error instanceof SkeinError) throw error;
      throw new SkeinError('unauthenticated', 'The token function failed.', { cause: error });
    }
  }
}

function mayRepeat(method: HttpMethod, code: SkeinError['code']): boolean {
  if (code === 'rate_limited') return true;
  return code === 'unavailable' && method !== 'PATCH' && method !== 'DELETE';
}

function requestHeaders(method: HttpMethod, request: HttpRequest): Record<string, string> {
  const { body, requestId, ifVersion } = request;
  const isKeyed = method === 'POST' || method === 'PUT';
  const key = request.idempotencyKey ?? newUuidV7(systemClock());
  return {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(isKeyed ? { 'idempotency-key': headerText('idempotencyKey', key) } : {}),
    ...(ifVersion === undefined ? {} : { 'if-match': `"${[ifVersion].flat().join('","')}"` }),
    ...(requestId === undefined ? {} : { 'x-request-id': visibleText('requestId', requestId) }),
  };
}

/**
 * Headers are bytes: a character beyond ASCII is sent as its UTF-8 bytes, one character per byte,
 * as curl does.
 */
function headerText(name: string, text: string): string {
  if (!isShortText(text, 128) || text === '')
    throw invalid(name, 'must be 1 to 128 characters, no control characters');
  return String.fromCharCode(...new TextEncoder().encode(text));
}

function visibleText(name: string, text: string): string {
  if (/^[\x21-\x7e]{1,128}$/.test(text)) return text;
  throw invalid(name, 'must be 1 to 128 visible ASCII characters over HTTP');
}

/** A value that is not plain is sent as its JSON, for the server to reject. */
function queryText(query: object | undefined): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}) as [string, unknown][]) {
    if (value !== undefined)
      parameters.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}

/**
 * Rejects values that JSON.stringify would change silently, such as NaN, as the store itself does.
 */
function jsonOf(body: object | undefined): string | undefined {
  if (body === undefined) return undefined;
  const entries = Object.entries(body).filter(([, value]) => value !== undefined);
  return JSON.stringify(
    Object.fromEntries(entries.map(([name, value]) => [name, toJson(value, name)])),
  );
}

async function readBody<T>(response: Response): Promise<T> {
  const text = await response.text();
  try {
    // The API documents the type of the body. A 204 has none, and its caller expects none.
    return (text === '' ? undefined : JSON.parse(text)) as T;
  } catch (error) {
    throw new SkeinError(
      'internal',
      'The server sent a response that is not JSON. Check `baseUrl`.',
      {
        cause: error,
      },
    );
  }
}

/**
 * The result of `work`, or the signal's reason as soon as it aborts, whatever `work` does then.
 *
 * A request's own signal does not guarantee an end: a custom `fetch` may ignore it. Undici,
 * moreover, ties `request.signal` to its source by a weak reference only, so that a call which only
 * that signal would wake can be garbage collected together with its waiting caller.
 */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (signal.aborted) abort();
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
