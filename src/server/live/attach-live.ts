import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { liveEndpoints } from '../../api/operations/live.ts';
import { splitEndpoint } from '../../protocol/path.ts';
import { invalid, SkeinError } from '../../shared/error.ts';
import type { IncomingRequest } from '../incoming-request.ts';
import { readRequestId } from '../request/headers.ts';
import { NodeSource } from '../request/request-source.ts';
import { assertCaller, identifyWithinLimits, userOfTails } from '../run-action.ts';
import { contextOf, type Handler, type ServerContext } from '../server-context.ts';
import { writeProblem } from '../write-problem.ts';
import { LiveSocket, type Handshake } from './live-socket.ts';

const { path: livePath } = splitEndpoint(liveEndpoints.followThreads);

/** A client may name a thousand threads with their cursors at once. */
const messageBytesMax = 512 * 1024;
const fragmentsMax = 100;

/**
 * Lets clients follow threads over WebSocket at `/v1/live` of a handler that a server of Node's
 * serves. `serve` does it by itself; a handler alone, which knows requests only, has the same as
 * server-sent events. Upgrades to other addresses are left to other listeners of the server.
 *
 * ```ts
 * const handler = createHandler(store, options);
 * const server = createServer(getRequestListener(handler));
 * attachLive(server, handler);
 * ```
 */
export function attachLive(server: Server, handler: Handler): void {
  const context = contextOf(handler);
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: messageBytesMax,
    maxFragments: fragmentsMax,
  });
  const isOurs = isLiveUpgrade(context.basePath);
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!isOurs(incoming)) {
      if (server.listenerCount('upgrade') === 1) refuseUpgrade(context, incoming, socket);
      return;
    }
    socket.on('error', ignore); // until the WebSocket has it
    const requestId = readRequestId(new NodeSource(incoming).headers);
    admit(context, requestOf(incoming, requestId), socket).then(
      (handshake) => {
        socket.off('error', ignore);
        sockets.handleUpgrade(incoming, socket, head, (webSocket) => {
          new LiveSocket(webSocket, context, handshake).start();
        });
      },
      (error: unknown) => writeProblem(socket, error, { ...context, requestId }),
    );
  });
}

/** The client has gone, of which its socket tells. */
function ignore(): void {}

/** Tells which upgrades are for the connections of a server that is mounted there. */
export function isLiveUpgrade(basePath: string): (incoming: IncomingMessage) => boolean {
  const path = basePath + livePath;
  return ({ url = '', headers, method }) =>
    method === 'GET' &&
    url.split('?', 1)[0] === path &&
    headers.upgrade?.toLowerCase() === 'websocket';
}

function refuseUpgrade(context: ServerContext, incoming: IncomingMessage, socket: Duplex): void {
  const error = invalid('Upgrade', `is not possible here: only ${livePath} is a WebSocket`);
  const requestId = readRequestId(new NodeSource(incoming).headers);
  writeProblem(socket, error, { ...context, requestId });
}

/** The same checks as of every request. A caller without a credential may send it in a message. */
async function admit(
  context: ServerContext,
  request: IncomingRequest,
  socket: Duplex,
): Promise<Handshake> {
  await context.authenticator.guard(request, false);
  context.authenticator.guardPage?.(request);
  if (request.url.includes('?')) throw invalid('', 'The address has no parameters here.');
  const identity = await identifyWithinLimits(
    { access: 'caller', path: livePath },
    context,
    request,
  );
  assertCaller(identity);
  const gone = new AbortController();
  socket.once('close', () => gone.abort());
  const reader = { user: userOfTails(identity), cut: () => socket.destroy() };
  return { request, identity, slot: context.tails.hold(reader, gone.signal) };
}

function requestOf(incoming: IncomingMessage, requestId: string): IncomingRequest {
  const source = new NodeSource(incoming);
  const { method = 'GET' } = incoming;
  const request = fetchRequestOf(incoming);
  const { url, signal } = request;
  return { method, url, source, requestId, signal, request, parameter: () => undefined };
}

function fetchRequestOf({ headers, url = '/' }: IncomingMessage): Request {
  const entries = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    [value ?? []].flat().map((one) => [name, one]),
  );
  try {
    return new Request(new URL(url, `http://${headers.host}`), { headers: entries });
  } catch (error) {
    throw new SkeinError('invalid_request', "The request's address or headers are not valid.", {
      cause: error,
    });
  }
}
