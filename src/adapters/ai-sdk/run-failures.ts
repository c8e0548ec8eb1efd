import { AISDKError, APICallError, LoadAPIKeyError, RetryError } from 'ai';
import { RunFailure, type RunError } from '../../shared/run-failure.ts';
import { withoutKeys } from '../../shared/without-keys.ts';

/**
 * A failure of a model in words for people. The provider's own words are used only where they say
 * what is wrong with the request, and without anything that looks like a key; keys, headers and
 * addresses stay in `cause`, which the server keeps for its log.
 */
export function toRunFailure(error: unknown): RunFailure {
  if (error instanceof RunFailure) return error;
  const last = RetryError.isInstance(error) ? error.lastError : error;
  if (last instanceof RunFailure) return last;
  return new RunFailure(explain(last), { cause: error });
}

/**
 * Like `toRunFailure`, for an error outside of the model's stream: converts only what the SDK
 * blames on the model.
 */
export function orRunFailure(error: unknown): unknown {
  const isKnown = AISDKError.isInstance(error) || hasName(error, 'TimeoutError');
  return isKnown ? toRunFailure(error) : error;
}

/** Whether the SDK or the provider refused the request for what is in it. */
export function isRefusal(error: unknown): boolean {
  const cause = error instanceof RunFailure ? error.cause : error;
  const last = RetryError.isInstance(cause) ? cause.lastError : cause;
  const status = statusOf(last);
  if (status !== undefined) return refusals.has(status);
  // An error of fetch is no refusal; it has the socket's error as its cause.
  if (last instanceof TypeError) return last.cause === undefined;
  return isRequestFault(last) || (last instanceof Error && contentFaults.has(last.name));
}

const refusals: ReadonlySet<number> = new Set([400, 413, 415, 422]);

/** Errors of the AI SDK about a part that a provider's module cannot read. */
const contentFaults: ReadonlySet<string> = new Set([
  'AI_InvalidArgumentError',
  'AI_InvalidDataContentError',
  'AI_TypeValidationError',
  'AI_NoSuchProviderReferenceError',
]);

function explain(error: unknown): RunError {
  const status = statusOf(error);
  if (status !== undefined) return explainStatus(status, error);
  if (LoadAPIKeyError.isInstance(error)) {
    return failed('provider_error', false, 'No API key is configured for the model’s provider.');
  }
  if (hasName(error, 'TimeoutError')) return timedOut;
  if (isRequestFault(error)) {
    return failed('invalid_request', false, 'This model cannot take the conversation as it is.');
  }
  if (hasName(error, 'AI_NoSuchModelError')) return unknownModel;
  if (hasName(error, 'AI_StreamProviderError') || isLostConnection(error)) return brokenOff;
  return failed('provider_error', true, 'The model’s provider failed.');
}

function explainStatus(status: number, error: unknown): RunError {
  if (status === 429) {
    return failed(
      'rate_limited',
      true,
      'The model’s provider accepts no more requests right now. Try again later.',
    );
  }
  if (status === 408 || status === 504) return timedOut;
  if (status === 401 || status === 403) {
    return failed('provider_error', false, 'The model’s provider refused the configured API key.');
  }
  if (status === 402) {
    return failed('provider_error', false, 'The model’s provider asks for payment.');
  }
  if (status === 404) return unknownModel;
  if (status >= 400 && status < 500) {
    const message = `The model’s provider refused the request${reasonOf(error)}`;
    return failed('invalid_request', status === 409, message);
  }
  return failed('provider_error', true, 'The model’s provider failed. Try again.');
}

function failed(code: string, retryable: boolean, message: string): RunError {
  return { code, message, retryable };
}

const timedOut = failed('timeout', true, 'The model did not answer in time. Try again.');
const brokenOff = failed(
  'provider_error',
  true,
  'The answer was interrupted: the model’s provider failed. Try again.',
);
const unknownModel = failed(
  'provider_error',
  false,
  'The model’s provider does not know this model.',
);

/** The status, also for an error in mid-stream, which has no HTTP response. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  // A request without an answer, or with half an answer of status 200, has no meaningful status.
  return typeof statusCode === 'number' && statusCode >= 400 ? statusCode : undefined;
}

function reasonOf(error: unknown): string {
  if (!APICallError.isInstance(error)) return '.';
  const reason = withoutKeys(error.message).slice(0, reasonLengthMax).trim();
  if (reason === '') return '.';
  return `: ${reason}${/[.!?]$/.test(reason) ? '' : '.'}`;
}

const reasonLengthMax = 300;

function isLostConnection(error: unknown): boolean {
  if (APICallError.isInstance(error))
    return error.statusCode === undefined || error.statusCode < 400;
  // An error of fetch, at first or in mid-stream, has the socket's error as its cause.
  return error instanceof TypeError && error.cause !== undefined;
}

/** Errors that the AI SDK finds in messages before it sends them. */
const requestFaults: ReadonlySet<string> = new Set([
  'AI_InvalidPromptError',
  'AI_MessageConversionError',
  'AI_MissingToolResultsError',
  'AI_InvalidToolApprovalError',
  'AI_ToolCallNotFoundForApprovalError',
  'AI_InvalidToolApprovalSignatureError',
  'AI_UnsupportedFunctionalityError',
  'AI_DownloadError',
]);

function isRequestFault(error: unknown): boolean {
  return error instanceof Error && requestFaults.has(error.name);
}

function hasName(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
