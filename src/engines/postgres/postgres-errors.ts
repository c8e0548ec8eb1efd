import { SkeinError } from '../../shared/error.ts';

/** The SQLSTATE of an error that the server sent, or `undefined` for any other error. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('severity' in error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/**
 * What an error says about a statement:
 * - `lost`: the connection is gone or going, and nobody knows what became of the statement;
 * - `again`: it was undone because of what others did at the same time, and may well succeed now;
 * - `held`: undone, since another transaction has held one of its rows for a while;
 * - `duplicate`: undone, since a row was there which it wanted to insert;
 * - `misuse`: undone, since it holds what the tables do not take;
 * - `refused`: undone, for any other reason.
 */
export type Verdict = 'lost' | 'again' | 'held' | 'duplicate' | 'misuse' | 'refused';

export function verdictOf(error: unknown): Verdict {
  const state = sqlState(error);
  if (state === undefined) return error instanceof TypeError ? 'misuse' : 'lost';
  if (/^(?:08|57P0[1-5]|25P03)/.test(state)) return 'lost';
  if (state === '40001' || state === '40P01') return 'again';
  if (state === '55P03') return 'held';
  if (state === '23505') return 'duplicate';
  return /^(?:22|23|54)/.test(state) ? 'misuse' : 'refused';
}

/** Whether the server's disk had no room for a write. */
export function isDiskFull(error: unknown): error is Error {
  return sqlState(error) === '53100';
}

/** What a caller is told. `where` names the database without its password. */
export function toEngineError(error: unknown, where: string): Error {
  if (error instanceof SkeinError || error instanceof TypeError) return error;
  const state = sqlState(error);
  if (state === '23503') {
    return new TypeError('A row was put whose owner is not there.', { cause: error });
  }
  if (state !== undefined && verdictOf(error) === 'misuse') {
    return new TypeError(`PostgreSQL cannot keep this row (${state}).`, { cause: error });
  }
  const code = state ?? networkCode(error);
  const sentence = sentences.find(([start]) => code?.startsWith(start))?.[1];
  const text =
    sentence ?? `could not be used: ${error instanceof Error ? error.message : 'unknown'}`;
  return new SkeinError('unavailable', `The PostgreSQL database ${where} ${text}.`, {
    cause: error,
  });
}

function networkCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** By the beginning of the code; the first that fits. */
const sentences: readonly (readonly [start: string, sentence: string])[] = [
  ['28', 'refused the login: check the user and the password'],
  ['3D000', 'is not there: create it first'],
  [
    '42501',
    'does not let this user do that: it needs the right to create and use tables in the schema',
  ],
  ['25006', 'is read-only: connect to the primary server'],
  ['53100', 'cannot be written: its disk is full'],
  ['53300', 'has too many connections'],
  ['53', 'is out of resources'],
  ['55P03', 'did not let go of a row in time: another transaction holds it'],
  ['57014', 'ended the statement before it was done'],
  ['57P03', 'is starting up or shutting down'],
  ['57P', 'closed the connection'],
  ['ECONNREFUSED', 'cannot be reached: no server listens there'],
  ['ENOTFOUND', 'cannot be reached: its host name is unknown'],
  ['EAI_', 'cannot be reached: its host name cannot be looked up'],
  ['ETIMEDOUT', 'cannot be reached: it does not answer'],
  ['EHOSTUNREACH', 'cannot be reached: there is no way to its host'],
  ['E', 'cannot be reached: the connection broke'],
];
