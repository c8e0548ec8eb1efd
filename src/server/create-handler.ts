import type { Store } from '../store/store.ts';
import { limits } from '../api/limits.ts';
import type { RateLimits } from '../api/rate-limit.ts';
import type { AuthOptions } from './auth/auth-options.ts';
import { createAuthenticator } from './auth/create-authenticator.ts';
import { createApp } from './create-app.ts';
import { createServerDocuments } from './docs/documents.ts';
import type { NodeEnvironment } from './fetch-adapter.ts';
import { LiveTails } from './live/live-tails.ts';
import type { Logger } from './logger.ts';
import { createMetrics } from './metrics.ts';
import type { Mount } from './mount.ts';
import { RequestLimits } from './request-limits.ts';
import { routesOf } from './route.ts';
import { servedNouns, type ServedNoun } from './served-nouns.ts';
import { contextOf, withContext, type ServerContext } from './server-context.ts';

export interface HandlerOptions {
  /**
   * How callers are identified. Default: any process on this machine is trusted, as with
   * `{mode: 'local'}`, until the store gets a server key. Then, and in a store that ever had one,
   * every request needs a credential.
   */
  readonly auth?: AuthOptions;
  /** Default: nothing is logged. */
  readonly logger?: Logger;
  /** Where the handler is mounted: with `/chat` it answers `/chat/v1/…`. Default: at the root. */
  readonly basePath?: string;
  /**
   * Names this server in the header `X-Skein-Server` of `/healthz`, so that a program can tell
   * whether it is the one that it looks for. Default: no header.
   */
  readonly serverId?: string;
  /** The largest request body, in bytes. Default 16 MiB. */
  readonly bodyBytesMax?: number;
  /** How often a quiet live tail sends a comment, in milliseconds. Default 15,000. */
  readonly liveCommentIntervalMs?: number;
  /**
   * How long clients of a live tail should wait before they reconnect, in milliseconds, at least:
   * the server tells each up to twice as much, by chance. Default 2,000.
   */
  readonly liveRetryMs?: number;
  /**
   * How many live tails may be open, together with the streams of answers. Default 5,000; more are
   * answered with 503.
   */
  readonly liveTailCountMax?: number;
  /** How many of them a user may have open. Default 20; more are answered with 429. */
  readonly liveTailCountPerUserMax?: number;
  /**
   * How many requests a caller and a project may send. Default: any number. The probes and
   * `/metrics` are not counted.
   */
  readonly rateLimits?: RateLimits;
  /**
   * How many reverse proxies of yours stand before this server, whose `X-Forwarded-For` tells the
   * addresses of anonymous callers to rate limits. Default 0.
   */
  readonly proxyCount?: number;
  /** Whether `/metrics` includes memory, CPU and event loop of the process. Default false. */
  readonly processMetrics?: boolean;
  /** Other handlers to serve behind the same authentication, guard, limits, metrics and log. */
  readonly mounts?: readonly Mount[];
  /** Ends all live tails when it aborts. Other requests are still answered. */
  readonly signal?: AbortSignal;
}

/**
 * The whole HTTP API as one function from a request to its response. It never rejects: errors
 * become problem documents.
 *
 * ```ts
 * const auth = { mode: 'host', identify: () => ({ projectId: 'default', userId: 'u1' }) } as const;
 * const handler = createHandler(store, { auth });
 * const response = await handler(new Request('http://localhost/v1/threads'));
 * ```
 */
export function createHandler(
  store: Store,
  options: HandlerOptions = {},
): (request: Request) => Promise<Response> {
  const handler = createNodeHandler(store, options);
  return withContext((request) => handler(request), contextOf(handler));
}

/**
 * The handler for our own server, which can pass Node's request along. Tests use it to serve nouns
 * of their own.
 */
export function createNodeHandler(
  store: Store,
  options: HandlerOptions,
  served: readonly ServedNoun[] = servedNouns,
): (request: Request, environment?: NodeEnvironment) => Promise<Response> {
  const server = createServerContext(store, options, served);
  const { mounts = [], signal } = options;
  const routes = served.flatMap(({ noun, actions }) => routesOf(noun, actions));
  const app = createApp(server, { routes, mounts, signal });
  // Every runner is async, so this is its own promise; wrapping it would only cost time.
  const handler = (request: Request, environment?: NodeEnvironment): Promise<Response> =>
    Promise.resolve(app.fetch(request, environment));
  return withContext(handler, server);
}

function createServerContext(
  store: Store,
  options: HandlerOptions,
  served: readonly ServedNoun[],
): ServerContext {
  const { logger, basePath = '' } = options;
  if (!/^(\/[A-Za-z0-9._~-]+)*$/.test(basePath))
    throw new TypeError('basePath must begin with a slash and not end with one, such as /chat');
  const tails = new LiveTails({
    commentIntervalMs: options.liveCommentIntervalMs ?? 15_000,
    retryMs: options.liveRetryMs ?? 2_000,
    countMax: options.liveTailCountMax,
    countPerUserMax: options.liveTailCountPerUserMax,
    logger,
  });
  options.signal?.addEventListener('abort', () => tails.stop());
  if (options.signal?.aborted) tails.stop();
  return {
    store,
    authenticator: createAuthenticator(store, options.auth, logger),
    requestLimits:
      options.rateLimits && new RequestLimits(options.rateLimits, options.proxyCount ?? 0),
    logger,
    metrics: createMetrics({
      isProcessIncluded: options.processMetrics ?? false,
      countLiveTails: () => tails.size,
    }),
    tails,
    basePath,
    id: options.serverId,
    bodyBytesMax: options.bodyBytesMax ?? limits.bodyBytesMax,
    documents: createServerDocuments(served, basePath),
  };
}
