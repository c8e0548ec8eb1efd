/**
 * The closed set of error codes. Codes are stable and documented in `docs/errors.md`; messages are
 * for people and may change.
 */
export const errorCodes = [
  'invalid_request',
  'unauthenticated',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'conflict',
  'key_conflict',
  'precondition_failed',
  'payload_too_large',
  'rate_limited',
  'internal',
  'unavailable',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** One problem of a request: a dotted path to the place, and a sentence. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

/**
 * Every error that a caller of Skein can meet, besides `TypeError` for misuse of the TypeScript
 * API. Branch on `code`, show `message`, follow `cause`.
 */
export class SkeinError extends Error {
  override readonly name: string = 'SkeinError';
  readonly code: ErrorCode;
  /** What exactly is wrong, one entry per place; only `invalid_request` has any. */
  readonly issues: readonly Issue[];

  constructor(
    code: ErrorCode,
    message: string,
    options?: { cause?: unknown; issues?: readonly Issue[] },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.issues = options?.issues ?? [];
  }
}

/**
 * A compare-and-set condition of a commit did not hold, and the commit changed nothing. The thread
 * writer rereads and retries; callers see this error only when the retries run out.
 */
export class ConflictError extends SkeinError {
  override readonly name = 'ConflictError';

  constructor(message: string, options?: { cause?: unknown }) {
    super('conflict', message, options);
  }
}

/** An `invalid_request` error about one place of the input. */
export function invalid(path: string, message: string): SkeinError {
  const text = path === '' ? message : `${path}: ${message}`;
  return new SkeinError('invalid_request', text, { issues: [{ path, message }] });
}

/** Something that does not exist, or that the caller may not know of: both read the same. */
export function notFound(what: string): SkeinError {
  return new SkeinError('not_found', `${what} was not found.`);
}
