/** Why a run failed, for people. The model never gets it. */
export interface RunError {
  /** `provider_error`, `rate_limited`, `timeout`, `lease_expired`, `invalid_request`, `too_large` or `internal`. */
  readonly code: string;
  readonly message: string;
  /** Whether the same again may work. */
  readonly retryable: boolean;
}

/** A failure of a responder that knows what it is: what people are told, and whether to try again. */
export class RunFailure extends Error {
  override readonly name = 'RunFailure';
  readonly error: RunError;

  constructor(error: RunError, options?: ErrorOptions) {
    super(error.message, options);
    this.error = error;
  }
}

/** What people are told of a failure. Only what a responder has called its own is passed on; the rest may hold secrets. */
export function toRunError(failure: unknown): RunError {
  if (failure instanceof RunFailure) return failure.error;
  return {
    code: 'internal',
    message: 'The answer failed for a reason that the server keeps in its log.',
    retryable: true,
  };
}
