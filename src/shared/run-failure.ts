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
