import type { IncomingMessage } from 'node:http';
import { Hono, type Context } from 'hono';
import { invalid, SkeinError } from '../shared/error.ts';
import { limits } from '../protocol/limits.ts';
import type { Store } from '../store/store.ts';
import { answerCall } from './answer-call.ts';
import { answerError } from './answer-error.ts';
import { answerMount, type Mount } from './mount.ts';
import { createAuthenticator } from './auth/authenticator.ts';
import type { AuthOptions } from './auth/auth-options.ts';
import { createDocuments } from './docs/documents.ts';
import { LiveTails } from './live/live-tails.ts';
import type { Logger } from './logger.ts';
import { createMetrics } from './metrics.ts';
import { readRequestId } from './request/headers.ts';
import { isPathDecodable } from './request/query.ts';
import { FetchSource, NodeSource, type RequestSource } from './request/request-source.ts';
import { empty } from './respond.ts';
import type { HttpMethod, Route } from './route.ts';
import { routes } from './routes.ts';
import type { ServerContext } from './server-context.ts';

export interface HandlerOptions {
  /** How callers are known. Default `{mode: 'local'}`: anybody on this machine. */
  readonly auth?: AuthOptions;
  /** Default: nothing is logged. */
  readonly logger?: Logger;
  /** Where the handler is mounted, such as `/chat`: it answers `/chat/v1/…`. Default: at the root. */
  readonly basePath?: string;
  /** Default 16 MiB. */
  readonly bodyBytesMax?: number;
  /** Quiet live tails get a comment so often. Default 15,000. */
  readonly liveCommentIntervalMs?: number;
  /** How long clients of a live tail are asked to wait before they connect again. Default 2,000. */
  readonly liveRetryMs?: number;
  /** Whether `/metrics` tells of the process, too. Default false. */
  readonly processMetrics?: boolean;
  /** What else is served, behind the same authentication, guard, limits, metrics and log. */
  readonly mounts?: readonly Mount[];
  /** Ends all live tails when it aborts. Other requests are answered as before. */
  readonly signal?: AbortSignal;
}

/**
 * The whole HTTP API as one function from a request to its answer. It never rejects: what goes wrong is
 * answered as a problem.
 *
 * ```ts
 * const handler = createHandler(store, { auth: { mode: 'host', identify: () => ({ projectId: 'default', userId: 'u1' }) } });
 * const answer = await handler(new Request('http://localhost/v1/threads'));
 * ```
 */
export function createHandler(
  store: Store,
  options: HandlerOptions = {},
): (request: Request) => Promise<Response> {
  const handler = createNodeHandler(store, options);
  return (request) => handler(request);
}

/** Node's own request behind a `Request`, where there is one: it is cheaper to read. */
export interface NodeEnvironment {
  readonly incoming: IncomingMessage;
}

/** The handler for a server of our own, which can give more than the `Request`. */
export function createNodeHandler(
  store: Store,
  options: HandlerOptions,
): (request: Request, environment?: NodeEnvironment) => Promise<Response> {
  const server = createServerContext(store, options);
  const app = createApp(server, options);
  // Every runner is async, so this is its own promise: another one around it would only cost time.
  return (request, environment) => Promise.resolve(app.fetch(request, environment));
}

function createServerContext(store: Store, options: HandlerOptions): ServerContext {
  const { logger, basePath = '' } = options;
  if (!/^(\/[A-Za-z0-9._~-]+)*$/.test(basePath))
    throw new TypeError('basePath must be like /chat, without a slash at the end');
  const tails = new LiveTails({
    commentIntervalMs: options.liveCommentIntervalMs ?? 15_000,
    retryMs: options.liveRetryMs ?? 2_000,
    logger,
  });
  options.signal?.addEventListener('abort', () => tails.stop());
  if (options.signal?.aborted) tails.stop();
  return {
    store,
    authenticator: createAuthenticator(store, options.auth ?? { mode: 'local' }, logger),
    logger,
    metrics: createMetrics({
      isProcessIncluded: options.processMetrics ?? false,
      countLiveTails: () => tails.size,
    }),
    tails,
    basePath,
    bodyBytesMax: options.bodyBytesMax ?? limits.bodyBytesMax,
    documents: createDocuments(routes, basePath),
  };
}

type Environment = { Bindings: Partial<NodeEnvironment> };
type App = Hono<Environment>;
type AppContext = Context<Environment>;

function createApp(server: ServerContext, { mounts = [], signal }: HandlerOptions): App {
  const app: App = new Hono();
  for (const route of routes) {
    app.on(
      route.method,
      patternOf(route, server),
      createRunner(server, route.method, route.path, (context, source, requestId) =>
        answerCall(route, server, context, source, requestId),
      ),
    );
  }
  for (const path of new Set(routes.map((route) => route.path))) addOtherMethods(app, server, path);
  for (const mount of mounts) {
    const run = createRunner(server, 'ANY', mount.path, ({ req }, source, requestId) =>
      answerMount(mount, server, { request: req.raw, source, requestId, signal }),
    );
    app.all(server.basePath + mount.path, run);
    app.all(`${server.basePath}${mount.path}/*`, run);
  }
  app.notFound(
    createRunner(server, 'ANY', 'unknown', () => {
      throw new SkeinError(
        'not_found',
        'There is nothing at this path. The documentation is at /docs.',
      );
    }),
  );
  return app;
}

function patternOf(route: Pick<Route, 'path'>, { basePath }: ServerContext): string {
  return basePath + route.path.replaceAll(/\{(\w+)\}/g, ':$1');
}

const allMethods: readonly HttpMethod[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** OPTIONS says what a path offers, and so does the answer to a method that it does not offer. */
function addOtherMethods(app: App, server: ServerContext, path: Route['path']): void {
  const offered = new Set<string>(
    routes.filter((route) => route.path === path).map(({ method }) => method),
  );
  const allow = [...offered, ...(offered.has('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  const pattern = patternOf({ path }, server);
  app.on(
    'OPTIONS',
    pattern,
    createRunner(server, 'OPTIONS', path, (_context, _source, requestId) =>
      empty(204, requestId, { allow }),
    ),
  );
  for (const method of allMethods.filter((candidate) => !offered.has(candidate))) {
    app.on(
      method,
      pattern,
      createRunner(server, method, path, (context, _source, requestId) => {
        const error = new SkeinError(
          'not_found',
          `This path does not offer ${context.req.method}: it offers ${allow}.`,
        );
        const answer = answerError(error, { ...server, requestId });
        answer.headers.set('allow', allow);
        return answer;
      }),
    );
  }
}

type Answer = (
  context: AppContext,
  source: RequestSource,
  requestId: string,
) => Response | Promise<Response>;

/** The one layer around every answer: its id, the guard, the error mapper, the metrics and the log. */
function createRunner(
  server: ServerContext,
  method: string,
  path: string,
  answer: Answer,
): (context: AppContext) => Promise<Response> {
  const record = server.metrics.forRoute(method, path);
  const { authenticator, logger } = server;
  return async (context) => {
    const startMs = performance.now();
    const request = context.req.raw;
    // Where a framework calls, there is no environment at all, whatever the type says.
    const incoming = context.env?.incoming;
    const source = incoming === undefined ? new FetchSource(request) : new NodeSource(incoming);
    const requestId = readRequestId(source.headers);
    let response: Response;
    try {
      authenticator.guard(request.url, source.headers);
      if (!isPathDecodable(request.url)) throw invalid('path', 'has a broken percent-encoding');
      response = await answer(context, source, requestId);
    } catch (error) {
      response = answerError(error, { ...server, requestId });
    }
    const durationMs = performance.now() - startMs;
    record(response.status, durationMs);
    if (logger !== undefined && (logger.isLevelEnabled?.('debug') ?? true)) {
      logger.debug(
        { requestId, method: request.method, route: path, status: response.status, durationMs },
        'request',
      );
    }
    return response;
  };
}
