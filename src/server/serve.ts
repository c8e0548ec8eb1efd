import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { serverEndpoints } from '../api/operations/server.ts';
import { pathTo } from '../protocol/path.ts';
import { systemClock } from '../shared/clock.ts';
import { invalid, SkeinError } from '../shared/error.ts';
import { newUuidV7 } from '../shared/ids.ts';
import type { Store } from '../store/store.ts';
import { respondWithError, type ErrorContext } from './respond-with-error.ts';
import { writeProblem } from './write-problem.ts';
import { verifiesJwts, type AuthOptions } from './auth/auth-options.ts';
import { assertMayListen } from './auth/loopback.ts';
import { attachLive, isLiveUpgrade } from './live/attach-live.ts';
import { createNodeHandler, type HandlerOptions } from './create-handler.ts';
import { toResponse, type NodeEnvironment } from './fetch-adapter.ts';

export interface ServeOptions extends Omit<HandlerOptions, 'signal'> {
  readonly store: Store;
  /** Default `127.0.0.1`. Without authentication, only a loopback address is allowed. */
  readonly host?: string;
  /** Default 4000; 0 picks a free port. */
  readonly port?: number;
  /**
   * How long closing waits for requests in progress, in milliseconds. Default 5,000: containers are
   * usually killed ten seconds after they were told to stop, and the store closes after this.
   */
  readonly drainTimeoutMs?: number;
}

export interface RunningServer {
  /** The address of the server, without a trailing slash. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /**
   * Accepts no new connections, ends live tails, waits for requests in progress, and cuts those
   * that take longer than the drain time. The store stays open, since its owner must close it. May
   * be called again.
   */
  close(): Promise<void>;
}

/**
 * Serves a store over HTTP. Throws `invalid_request` for a non-loopback address without
 * authentication, and `unavailable` if the server cannot listen on the address.
 *
 * ```ts
 * const server = await serve({ store, port: 0 });
 * const response = await fetch(`${server.url}/healthz`);
 * await server.close();
 * ```
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const {
    store,
    host = '127.0.0.1',
    port = 4000,
    drainTimeoutMs = 5_000,
    ...handlerOptions
  } = options;
  const auth = handlerOptions.auth ?? (await authOf(store));
  assertMayListen(host, auth);
  if (auth?.mode === 'tokens' && verifiesJwts(auth)) await store.keys.protect();
  const stopping = new AbortController();
  const handler = createNodeHandler(store, {
    ...handlerOptions,
    ...(auth && { auth }),
    signal: stopping.signal,
  });
  const server = createHttpServer(handler, handlerOptions);
  const connections = new Connections(server);
  attachLive(server, handler);
  const address = await listen(server, host, port);
  let closing: Promise<void> | undefined;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    host,
    port: address.port,
    close() {
      stopping.abort();
      closing ??= drain(server, connections, drainTimeoutMs);
      return closing;
    },
  };
}

/** A store that ever had a key is not open, and may be served on every address. */
async function authOf({ keys }: Store): Promise<AuthOptions | undefined> {
  return (await keys.isProtected()) ? { mode: 'tokens' } : undefined;
}

/**
 * Longer than the idle time of common proxies, which might otherwise reuse a connection just
 * closed.
 */
const keepAliveTimeoutMs = 75_000;

function createHttpServer(
  handler: (request: Request, environment: NodeEnvironment) => Promise<Response>,
  options: HandlerOptions,
): Server {
  const { logger, basePath = '' } = options;
  const contextOf = (): ErrorContext => ({ logger, basePath, requestId: newUuidV7(systemClock()) });
  const listener = getRequestListener(
    // The cast: this server speaks HTTP/1 only.
    (request, { incoming }) => handler(request, { incoming: incoming as IncomingMessage }),
    {
      // Only an invalid address or Host header ends up here: the handler itself never rejects.
      errorHandler: (error) => {
        const context = contextOf();
        return toResponse(respondWithError(asInvalid(error), context), context.requestId);
      },
    },
  );
  const probes = new Set(probePaths.map((path) => basePath + path));
  const shouldUpgradeCallback = isLiveUpgrade(basePath);
  const serverOptions = { keepAliveTimeout: keepAliveTimeoutMs, shouldUpgradeCallback };
  const server = createServer(serverOptions, (request, response) => {
    if (probes.has(request.url ?? '')) request.headers.host ??= 'localhost';
    request.url = withoutHiddenDots(request.url ?? '/');
    void listener(request, response);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    answerBrokenRequest(error, socket, contextOf());
  });
  return server;
}

/**
 * The plain checks of load balancers speak HTTP/1.0 and name no host. What they get is the same for
 * every host.
 */
const probePaths = [
  pathTo(serverEndpoints.getHealth, {}),
  pathTo(serverEndpoints.getReadiness, {}),
];

/**
 * An address parser takes `%2e%2e` for `..`, so that a path which a proxy has let through would
 * lead to another one. Such a segment stays the name that it is, which nothing has.
 */
function withoutHiddenDots(address: string): string {
  if (!/%2e/i.test(address)) return address;
  const end = address.search(/[?#]/);
  const path = end < 0 ? address : address.slice(0, end);
  const segments = path.split('/').map((segment) => {
    const isDots = /^(?:\.|%2e){1,2}$/i.test(segment) && segment.includes('%');
    return isDots ? segment.replaceAll('%', '%25') : segment;
  });
  return segments.join('/') + (end < 0 ? '' : address.slice(end));
}

function asInvalid(error: unknown): SkeinError {
  return new SkeinError('invalid_request', "The request's address or Host header is not valid.", {
    cause: error,
  });
}

/** Writes the response by hand, since the request cannot be parsed as HTTP. */
function answerBrokenRequest(
  error: NodeJS.ErrnoException,
  socket: Socket,
  context: ErrorContext,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const isTooLarge =
    error.code === 'HPE_HEADER_OVERFLOW' || error.code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW';
  const problem = isTooLarge
    ? new SkeinError('payload_too_large', 'The headers of the request are too large.', {
        cause: error,
      })
    : new SkeinError(
        'invalid_request',
        'The request is not valid HTTP or did not arrive in time.',
        {
          cause: error,
        },
      );
  writeProblem(socket, problem, context);
}

async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    if (error instanceof RangeError)
      throw invalid('port', 'must be a whole number from 0 to 65535');
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown'; // what Node rejects with
    throw new SkeinError('unavailable', `Cannot listen on ${host}, port ${port} (${reason}).`, {
      cause: error,
    });
  }
  return server.address() as AddressInfo; // it listens on a port, not on a pipe
}

/**
 * The open connections of a server, and how many requests are being answered on each. Node takes a
 * connection on which no request has arrived for one in use, and clients such as `fetch` open them
 * in advance, above all after they have cut others.
 */
class Connections {
  readonly #requests = new Map<Socket, number>();
  #isDraining = false;

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#requests.set(socket, 0);
      socket.once('close', () => this.#requests.delete(socket));
    });
    server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      this.#count(socket, 1);
      response.once('close', () => this.#count(socket, -1));
    });
    // It closes itself, when its client has been told.
    server.prependListener('upgrade', ({ socket }: IncomingMessage) => this.#count(socket, 1));
  }

  /** Closes every connection on which no request is being answered, now and later. */
  drain(): void {
    this.#isDraining = true;
    for (const [socket, requests] of this.#requests) if (requests === 0) socket.destroySoon();
  }

  cut(): void {
    for (const socket of this.#requests.keys()) socket.destroy();
  }

  #count(socket: Socket, change: number): void {
    const before = this.#requests.get(socket);
    if (before === undefined) return; // it has closed
    this.#requests.set(socket, before + change);
    if (this.#isDraining && before + change === 0) socket.destroySoon();
  }
}

async function drain(server: Server, connections: Connections, timeoutMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  connections.drain();
  const cutter = setTimeout(() => connections.cut(), timeoutMs);
  await closed;
  clearTimeout(cutter);
}
