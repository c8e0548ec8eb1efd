import type { ErrorCode } from '../shared/error.ts';
import { errorStatuses } from './error-statuses.ts';

/** How an error code appears over HTTP. */
export interface ErrorDescription {
  readonly status: number;
  readonly title: string;
  /** When it occurs and what to do, in a sentence or two. */
  readonly meaning: string;
}

/** Every error code. The long form, with examples, is `docs/errors.md`. */
export const errorTable: Readonly<Record<ErrorCode, ErrorDescription>> = {
  invalid_request: {
    status: errorStatuses.invalid_request,
    title: 'Invalid request',
    meaning:
      'The request is invalid. `errors` lists what is wrong; correct it before you send it again.',
  },
  unauthenticated: {
    status: errorStatuses.unauthenticated,
    title: 'Not authenticated',
    meaning: 'The credential is missing or not valid. Send a valid one.',
  },
  forbidden: {
    status: errorStatuses.forbidden,
    title: 'Forbidden',
    meaning: 'The caller may not do this with the thread. Ask its owner, or act as a user who may.',
  },
  not_found: {
    status: errorStatuses.not_found,
    title: 'Not found',
    meaning:
      'It does not exist, or the caller may not know of it; the response is the same. Check the path and the caller.',
  },
  method_not_allowed: {
    status: errorStatuses.method_not_allowed,
    title: 'Method not allowed',
    meaning: 'The path does not offer this method. `Allow` lists those that it offers.',
  },
  conflict: {
    status: errorStatuses.conflict,
    title: 'Conflict',
    meaning:
      'An id is in use with other content, or too many writers collided. Read the current state, then decide.',
  },
  key_conflict: {
    status: errorStatuses.key_conflict,
    title: 'Key conflict',
    meaning:
      'The key was used before with other content. Use a new key for new content, and the same content for a retry.',
  },
  precondition_failed: {
    status: errorStatuses.precondition_failed,
    title: 'Precondition failed',
    meaning:
      'The thread has changed since the version in If-Match. Read it again and repeat the change if it still holds.',
  },
  payload_too_large: {
    status: errorStatuses.payload_too_large,
    title: 'Payload too large',
    meaning:
      'The body, or a part of it, exceeds the limit that the response names. Send less at once.',
  },
  rate_limited: {
    status: errorStatuses.rate_limited,
    title: 'Too many requests',
    meaning: 'The caller sent too many requests. Wait as long as Retry-After says.',
  },
  internal: {
    status: errorStatuses.internal,
    title: 'Internal error',
    meaning:
      'The server failed; its log has the details under the requestId. Repeating a keyed write is safe.',
  },
  unavailable: {
    status: errorStatuses.unavailable,
    title: 'Unavailable',
    meaning:
      'The store cannot be used now. Try again after Retry-After; repeating a keyed write is safe.',
  },
};
