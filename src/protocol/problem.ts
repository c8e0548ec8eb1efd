import { SkeinError, type ErrorCode, type Issue } from '../shared/error.ts';

/** How one error code looks over HTTP. */
export interface ErrorDescription {
  readonly status: number;
  readonly title: string;
  /** When it is answered, and what to do, in a sentence or two. */
  readonly meaning: string;
}

/** Every code of the closed set. The long form, with examples, is `docs/errors.md`. */
export const errorTable: Readonly<Record<ErrorCode, ErrorDescription>> = {
  invalid_request: {
    status: 400,
    title: 'Invalid request',
    meaning:
      'Something in the request cannot be accepted. `errors` names each place; correct it before you send it again.',
  },
  unauthenticated: {
    status: 401,
    title: 'Not authenticated',
    meaning: 'The action needs to know who asks, or the credential is not valid. Send a valid one.',
  },
  forbidden: {
    status: 403,
    title: 'Forbidden',
    meaning:
      'The caller may know of the thread but not do this. Ask its owner, or act as somebody who may.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    meaning:
      'It is not there, or the caller may not know of it: the two read the same. Check the path and the caller.',
  },
  conflict: {
    status: 409,
    title: 'Conflict',
    meaning:
      'An id is in use with other content, or too many writers met at once. Read the current state, then decide.',
  },
  key_conflict: {
    status: 409,
    title: 'Key conflict',
    meaning:
      'A key was used before with other content. Use a new key for new content, and the same content for a retry.',
  },
  precondition_failed: {
    status: 412,
    title: 'Precondition failed',
    meaning:
      'The thread changed since the version in If-Match. Read it again and repeat the change if it still holds.',
  },
  payload_too_large: {
    status: 413,
    title: 'Payload too large',
    meaning:
      'The body, or one piece of it, is beyond a limit that the answer names. Send less at once.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    meaning: 'The caller sends more than it may. Wait as long as Retry-After says.',
  },
  internal: {
    status: 500,
    title: 'Internal error',
    meaning:
      'A fault of the server; its log has it under the requestId. Repeating a keyed write is safe.',
  },
  unavailable: {
    status: 503,
    title: 'Unavailable',
    meaning:
      'The store cannot be used now. Nothing unacknowledged is kept; try again after Retry-After.',
  },
};

/** The body of every error: RFC 9457, `application/problem+json`. */
export interface Problem {
  /** A reference to the code's description, relative to the request's address. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly requestId: string;
  /** For `invalid_request`: one entry a place. */
  readonly errors?: readonly Issue[];
}

export const problemContentType = 'application/problem+json';

/** The error that a problem speaks of, for clients. */
export function errorOfProblem(problem: Problem): SkeinError {
  return new SkeinError(problem.code, problem.detail, { issues: problem.errors ?? [] });
}
