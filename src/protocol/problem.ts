import { SkeinError, type ErrorCode, type Issue } from '../shared/error.ts';

/** The body of every error response: RFC 9457, `application/problem+json`. */
export interface Problem {
  /** A reference to the code's description, relative to the request's address. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly requestId: string;
  /** For `invalid_request`: one entry per fault. */
  readonly errors?: readonly Issue[];
}

export const problemContentType = 'application/problem+json';

/** The error that a problem describes, for clients. */
export function errorOfProblem(problem: Problem): SkeinError {
  return new SkeinError(problem.code, problem.detail, { issues: problem.errors ?? [] });
}
