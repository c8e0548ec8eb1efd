import { serverEndpoints } from '../api/operations/server.ts';
import { pathTo } from '../protocol/path.ts';
import { invalid } from '../shared/error.ts';
import type { LiveTails } from './live/live-tails.ts';
import { respondWithError } from './respond-with-error.ts';
import type {
  PlainResponse,
  EmptyResponse,
  EventsResponse,
  JsonResponse,
  TextResponse,
  ResponseHeaders,
} from './plain-response.ts';
import type { IncomingRequest } from './incoming-request.ts';
import { isPathDecodable } from './request/query.ts';
import type { ServerContext } from './server-context.ts';

/** A response that an adapter can send as it is. */
export type FinishedResponse =
  | JsonResponse
  | TextResponse
  | EmptyResponse
  | StreamResponse
  | ForeignResponse;

interface StreamResponse {
  readonly kind: 'stream';
  readonly status: number;
  readonly body: ReadableStream<Uint8Array>;
  readonly headers: ResponseHeaders | undefined;
}

/** The response of a mount of another framework. */
export interface ForeignResponse {
  readonly kind: 'foreign';
  readonly status: number;
  readonly response: Response;
}

async function openStream(
  response: EventsResponse,
  tails: LiveTails,
  client: AbortSignal,
): Promise<StreamResponse> {
  const { status, headers, reader } = response;
  return { kind: 'stream', status, headers, body: await response.open(tails, client, reader) };
}

export type Respond = (
  request: IncomingRequest,
) => PlainResponse | ForeignResponse | Promise<PlainResponse | ForeignResponse>;

const probePaths: ReadonlySet<string> = new Set([
  pathTo(serverEndpoints.getHealth, {}),
  pathTo(serverEndpoints.getReadiness, {}),
]);

/**
 * The one layer around every request: the guard, the error mapper, the metrics and the log. Its
 * result never rejects.
 */
export function createRunner(
  server: ServerContext,
  method: string,
  path: string,
  respond: Respond,
): (request: IncomingRequest) => Promise<FinishedResponse> {
  const record = server.metrics.forRoute(method, path);
  const { authenticator, logger, tails } = server;
  const isProbe = probePaths.has(path);
  return async (request) => {
    const startMs = performance.now();
    const { requestId } = request;
    let finished: FinishedResponse;
    try {
      const guarding = authenticator.guard(request, isProbe);
      if (guarding instanceof Promise) await guarding;
      if (!isPathDecodable(request.url)) throw invalid('path', 'has a broken percent-encoding');
      const response = await respond(request);
      finished =
        response.kind === 'events' ? await openStream(response, tails, request.signal) : response;
    } catch (error) {
      finished = respondWithError(error, { ...server, requestId });
    }
    const durationMs = performance.now() - startMs;
    const { status } = finished;
    record(status, durationMs);
    if (logger !== undefined && (logger.isLevelEnabled?.('debug') ?? true)) {
      logger.debug(
        { requestId, method: request.method, route: path, status, durationMs },
        'request',
      );
    }
    return finished;
  };
}
