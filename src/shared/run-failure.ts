/** Why a run failed, for people. The model never gets it. */
export interface RunError {
  /**
   * `provider_error`, `rate_limited`, `timeout`, `lease_expired`, `invalid_request`, `too_large` or
   * `internal`.
   */
  readonly code: string;
  readonly message: string;
  /** Whether a retry may succeed. */
  readonly retryable: boolean;
}

/**
 * The same in the store's own words, for people who do not own the thread: a provider may repeat
 * what it was sent. A code that is not one of the store's own may be the provider's, too.
 */
export function neutralError({ code, retryable }: RunError): RunError {
  const told = neutralMessages.has(code) ? code : 'provider_error';
  return { code: told, message: neutralMessage(told), retryable };
}

export function neutralMessage(code: string): string {
  return neutralMessages.get(code) ?? 'The answer failed.';
}

const neutralMessages: ReadonlyMap<string, string> = new Map([
  ['provider_error', 'The model failed to answer.'],
  ['rate_limited', 'The model is overloaded. Try again later.'],
  ['timeout', 'The model did not answer in time.'],
  ['lease_expired', 'The server that worked on this answer has gone away.'],
  ['invalid_request', 'The model refused the request.'],
  ['too_large', 'The answer grew too large for one item.'],
  ['unavailable', 'The server could no longer work on this answer.'],
  ['internal', 'The answer failed.'],
]);

/** A responder throws this to say what people read about a failure and whether to try again. */
export class RunFailure extends Error {
  override readonly name = 'RunFailure';
  readonly error: RunError;

  constructor(error: RunError, options?: ErrorOptions) {
    super(error.message, options);
    this.error = error;
  }
}

/**
 * What people read about a failure. Only a message that a responder has marked as its own is passed
 * on; other messages may hold secrets.
 */
export function toRunError(failure: unknown): RunError {
  if (failure instanceof RunFailure) return failure.error;
  return {
    code: 'internal',
    message: 'The answer failed for a reason that the server keeps in its log.',
    retryable: true,
  };
}
