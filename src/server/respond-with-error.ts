import { MethodNotAllowedError } from '../protocol/method-not-allowed-error.ts';
import { problemContentType } from '../protocol/problem.ts';
import { problemOfError } from '../protocol/problem-of-error.ts';
import type { ErrorCode } from '../shared/error.ts';
import { loggableError } from '../shared/loggable-error.ts';
import type { Logger } from './logger.ts';
import { TooManyRequestsError } from './request-limits.ts';
import { text, type TextResponse } from './plain-response.ts';

export interface ErrorContext {
  readonly requestId: string;
  readonly logger: Logger | undefined;
  /** Where the API is mounted. The documentation of the codes is below it. */
  readonly basePath: string;
}

/**
 * The one place where errors become responses. A `SkeinError` shows its code and message; anything
 * else is a server failure, of which the caller sees only the request's id.
 */
export function respondWithError(error: unknown, context: ErrorContext): TextResponse {
  const problem = problemOfError(error, context.requestId, context.basePath);
  if (problem.status >= 500) {
    context.logger?.error(
      { err: loggableError(error), requestId: context.requestId },
      `A request failed: ${problem.code}.`,
    );
  }
  const headers = headersOf(error) ?? extraHeaders[problem.code];
  return text(problem.status, JSON.stringify(problem), problemContentType, headers);
}

function headersOf(error: unknown): Readonly<Record<string, string>> | undefined {
  if (error instanceof MethodNotAllowedError) return { allow: error.allow };
  if (error instanceof TooManyRequestsError)
    return { 'retry-after': String(error.retryAfterSeconds) };
  return undefined;
}

const extraHeaders: Partial<Record<ErrorCode, Readonly<Record<string, string>>>> = {
  unauthenticated: { 'www-authenticate': 'Bearer realm="skein"' },
  rate_limited: { 'retry-after': '1' },
  unavailable: { 'retry-after': '1' },
};
