import type { ErrorCode } from '../shared/error.ts';
import { errorStatuses } from './error-statuses.ts';

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
    status: errorStatuses.invalid_request,
    title: 'Invalid request',
    meaning:
      'Something in the request cannot be accepted. `errors` names each place; correct it before you send it again.',
  },
  unauthenticated: {
    status: errorStatuses.unauthenticated,
    title: 'Not authenticated',
    meaning: 'The action needs to know who asks, or the credential is not valid. Send a valid one.',
  },
  forbidden: {
    status: errorStatuses.forbidden,
    title: 'Forbidden',
    meaning:
      'The caller may know of the thread but not do this. Ask its owner, or act as somebody who may.',
  },
  not_found: {
    status: errorStatuses.not_found,
    title: 'Not found',
    meaning:
      'It is not there, or the caller may not know of it: the two read the same. Check the path and the caller.',
  },
  conflict: {
    status: errorStatuses.conflict,
    title: 'Conflict',
    meaning:
      'An id is in use with other content, or too many writers met at once. Read the current state, then decide.',
  },
  key_conflict: {
    status: errorStatuses.key_conflict,
    title: 'Key conflict',
    meaning:
      'A key was used before with other content. Use a new key for new content, and the same content for a retry.',
  },
  precondition_failed: {
    status: errorStatuses.precondition_failed,
    title: 'Precondition failed',
    meaning:
      'The thread changed since the version in If-Match. Read it again and repeat the change if it still holds.',
  },
  payload_too_large: {
    status: errorStatuses.payload_too_large,
    title: 'Payload too large',
    meaning:
      'The body, or one piece of it, is beyond a limit that the answer names. Send less at once.',
  },
  rate_limited: {
    status: errorStatuses.rate_limited,
    title: 'Too many requests',
    meaning: 'The caller sends more than it may. Wait as long as Retry-After says.',
  },
  internal: {
    status: errorStatuses.internal,
    title: 'Internal error',
    meaning:
      'A fault of the server; its log has it under the requestId. Repeating a keyed write is safe.',
  },
  unavailable: {
    status: errorStatuses.unavailable,
    title: 'Unavailable',
    meaning:
      'The store cannot be used now. Nothing unacknowledged is kept; try again after Retry-After.',
  },
};
