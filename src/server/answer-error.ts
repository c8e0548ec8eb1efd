import { SkeinError, type ErrorCode } from '../shared/error.ts';
import { errorTable, problemContentType, type Problem } from '../protocol/problem.ts';
import type { Logger } from './logger.ts';
import { text, type TextAnswer } from './answer.ts';

export interface ErrorContext {
  readonly requestId: string;
  readonly logger: Logger | undefined;
  /** Where the API is mounted: the documentation of the codes is under it. */
  readonly basePath: string;
}

/**
 * The one place where errors become answers. A `SkeinError` is answered with its code and message;
 * anything else is a fault of ours, of which the caller learns nothing but the request's id.
 */
export function answerError(error: unknown, context: ErrorContext): TextAnswer {
  const problem = problemOf(error, context);
  if (problem.status >= 500) {
    context.logger?.error(
      { err: error, requestId: context.requestId },
      `A request failed: ${problem.code}.`,
    );
  }
  const headers = extraHeaders[problem.code];
  return text(problem.status, JSON.stringify(problem), problemContentType, headers);
}

function problemOf(error: unknown, { requestId, basePath }: ErrorContext): Problem {
  const isOurs = error instanceof SkeinError && error.code !== 'internal';
  const code: ErrorCode = isOurs ? error.code : 'internal';
  const { title, status } = errorTable[code];
  const detail = isOurs
    ? error.message
    : 'The server failed. Its log has the reason under the requestId.';
  const problem: Problem = {
    type: `${basePath}/docs#${code}`,
    title,
    status,
    detail,
    code,
    requestId,
  };
  if (!isOurs || error.code !== 'invalid_request') return problem;
  return { ...problem, errors: error.issues.slice(0, issuesMax) };
}

const issuesMax = 20;

const extraHeaders: Partial<Record<ErrorCode, Readonly<Record<string, string>>>> = {
  unauthenticated: { 'www-authenticate': 'Bearer realm="skein"' },
  rate_limited: { 'retry-after': '1' },
  unavailable: { 'retry-after': '1' },
};
