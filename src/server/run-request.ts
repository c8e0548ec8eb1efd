import { invalid } from '../shared/error.ts';
import { answerError } from './answer-error.ts';
import type { Answer, EmptyAnswer, JsonAnswer, TextAnswer, AnswerHeaders } from './answer.ts';
import type { IncomingRequest } from './incoming-request.ts';
import { isPathDecodable } from './request/query.ts';
import type { ServerContext } from './server-context.ts';

/** A response that an adapter can send as it is. */
export type FinishedAnswer = JsonAnswer | TextAnswer | EmptyAnswer | StreamAnswer | ForeignAnswer;

interface StreamAnswer {
  readonly kind: 'stream';
  readonly status: number;
  readonly body: ReadableStream<Uint8Array>;
  readonly headers: AnswerHeaders | undefined;
}

/** The response of a mount of another framework. */
export interface ForeignAnswer {
  readonly kind: 'foreign';
  readonly status: number;
  readonly response: Response;
}

export type Respond = (
  request: IncomingRequest,
) => Answer | ForeignAnswer | Promise<Answer | ForeignAnswer>;

/**
 * The one layer around every request: the guard, the error mapper, the metrics and the log. Its
 * result never rejects.
 */
export function createRunner(
  server: ServerContext,
  method: string,
  path: string,
  respond: Respond,
): (request: IncomingRequest) => Promise<FinishedAnswer> {
  const record = server.metrics.forRoute(method, path);
  const { authenticator, logger, tails } = server;
  return async (request) => {
    const startMs = performance.now();
    const { requestId } = request;
    let finished: FinishedAnswer;
    try {
      authenticator.guard(request.url, request.source.headers);
      if (!isPathDecodable(request.url)) throw invalid('path', 'has a broken percent-encoding');
      const answer = await respond(request);
      finished =
        answer.kind === 'events'
          ? { ...answer, kind: 'stream', body: await answer.open(tails, request.signal) }
          : answer;
    } catch (error) {
      finished = answerError(error, { ...server, requestId });
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
