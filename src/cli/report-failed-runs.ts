import { SkeinError } from '../shared/error.ts';
import { neutralError, RunFailure } from '../shared/run-failure.ts';
import { errorWithoutKeys, withoutKeys } from '../shared/without-keys.ts';
import type { ServerLog } from './server-log.ts';
import type { StoreSettings } from './with-project.ts';

/**
 * Logs why runs fail. A provider's failure is not the server's, so it is a warning, and what a
 * provider says may repeat what a user wrote: above `debug` stand only the store's own code and
 * sentence, the status, and the provider's code where it looks like one.
 */
export function reportFailedRuns(
  { logger }: ServerLog,
  keys: readonly string[],
): NonNullable<NonNullable<StoreSettings['runs']>['onFailure']> {
  return (failure, { threadId, runId, error }) => {
    const run = { threadId, runId };
    const { code, message: reason } = neutralError(error);
    const level = code === 'internal' ? 'error' : 'warn';
    logger[level]({ ...run, code, reason, ...factsOf(failure, keys) }, 'A run failed.');
    logger.debug({ ...run, err: errorWithoutKeys(failure, keys) }, 'The failure in its own words.');
  };
}

interface FailureFacts {
  /** The HTTP status with which the provider refused. */
  readonly status?: number;
  /** The provider's own code, such as `content_filter`, or the system's, such as `ECONNRESET`. */
  readonly providerCode?: string;
  /** Of a failure of the store itself. */
  readonly detail?: string;
  /** The kinds of errors, each followed by its cause, and where they were thrown. */
  readonly errors?: readonly { readonly name: string; readonly at: readonly string[] }[];
}

function factsOf(failure: unknown, keys: readonly string[]): FailureFacts {
  const chain = [...causesOf(failure)];
  const status = chain.map((error) => fieldOf(error, 'statusCode')).find(isStatus);
  const asked = chain.map((error) => textIn(fieldOf(error, 'requestBodyValues'))).join('');
  const codes = chain.flatMap(codesIn);
  const named = codes.filter((code) => isCode(code, asked));
  const providerCode = named.find((code) => withoutKeys(code, keys) === code);
  const isOwn = failure instanceof SkeinError;
  return {
    ...(status !== undefined && { status }),
    ...(providerCode !== undefined && { providerCode }),
    ...(isOwn && { detail: failure.message }),
    errors: chain.filter((error) => error instanceof Error).map((error) => kindOf(error, keys)),
  };
}

/** A failure, what caused it, and what a retry gave up on. */
function* causesOf(failure: unknown): Generator<unknown> {
  let at = failure;
  for (let depth = 0; depth < causesMax && at !== undefined && at !== null; depth++) {
    yield at;
    at = fieldOf(at, 'lastError') ?? fieldOf(at, 'cause');
  }
}

const causesMax = 8;

function fieldOf(value: unknown, field: string): unknown {
  if (typeof value !== 'object' || value === null || !(field in value)) return undefined;
  return (value as Record<string, unknown>)[field]; // it is there
}

function isStatus(status: unknown): status is number {
  return typeof status === 'number' && Number.isInteger(status) && status >= 100 && status < 600;
}

/** Where providers and the system put their codes. The failure of a run has the store's own. */
function codesIn(error: unknown): unknown[] {
  if (error instanceof RunFailure || error instanceof SkeinError) return [];
  const data = fieldOf(error, 'data');
  const sources = [fieldOf(data, 'error'), data, error];
  return sources.flatMap((source) => [
    fieldOf(source, 'code'),
    fieldOf(source, 'type'),
    fieldOf(source, 'status'),
  ]);
}

/** One or more words of letters and digits, and nothing that stood in the request. */
function isCode(code: unknown, asked: string): code is string {
  if (typeof code !== 'string' || code.length > codeLengthMax) return false;
  const isShaped = asked === '' ? wordsShape.test(code) : wordShape.test(code);
  return isShaped && !asked.toLowerCase().includes(code.toLowerCase());
}

const codeLengthMax = 64;
const wordShape = /^[a-z][a-z0-9]*(?:[_.-][a-z0-9]+)*$/i;
/** Where the request is not known, a single word may be from it, unless it is a code of Node's. */
const wordsShape = /^(?:E[A-Z]{4,}|[a-z][a-z0-9]*(?:[_.-][a-z0-9]+)+)$/i;

function textIn(value: unknown): string {
  return value === undefined ? '' : (JSON.stringify(value) ?? '');
}

/** The lines of the stack name code; the message before them is left out. */
function kindOf(error: Error, keys: readonly string[]): { name: string; at: readonly string[] } {
  const { name: said, message, stack = '' } = errorWithoutKeys(error, keys);
  const at = stack.slice(`${said}: ${message}`.length).split('\n').slice(1);
  const name = wordShape.test(error.name) ? error.name : 'Error';
  return { name, at: at.slice(0, framesMax).map((line) => line.trim()) };
}

const framesMax = 10;
