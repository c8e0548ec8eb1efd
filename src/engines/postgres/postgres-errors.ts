import { SkeinError } from '../../shared/error.ts';

/** The SQLSTATE of an error that the server sent, or `undefined` for any other error. */
function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('severity' in error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/**
 * What an error says about a statement:
 * - `lost`: the connection is gone or closing, and the outcome of the statement is unknown;
 * - `again`: undone because of concurrent transactions; it may well succeed now;
 * - `held`: undone because another transaction has held one of its rows for a while;
 * - `duplicate`: undone because a row that it wanted to insert existed;
 * - `misuse`: undone because it holds values that the tables do not accept;
 * - `tooLarge`: larger than a text or a message can be, so it was not sent as a whole;
 * - `refused`: undone for any other reason.
 */
type ErrorVerdict = 'lost' | 'again' | 'held' | 'duplicate' | 'misuse' | 'tooLarge' | 'refused';

export function verdictOf(error: unknown): ErrorVerdict {
  if (error instanceof SkeinError) return 'refused'; // its thrower has already retried
  if (error instanceof RangeError) return 'tooLarge';
  const state = sqlState(error);
  if (state === undefined) return error instanceof TypeError ? 'misuse' : 'lost';
  if (/^(?:08|57P0[1-5]|25P03)/.test(state)) return 'lost';
  if (state === '40001' || state === '40P01') return 'again';
  if (state === '55P03') return 'held';
  if (state === '23505') return 'duplicate';
  return /^(?:22|23|54)/.test(state) ? 'misuse' : 'refused';
}

/** Whether the other commits of the statement would succeed without the one at fault. */
export function isOfOneCommit(verdict: ErrorVerdict): boolean {
  return ['misuse', 'duplicate', 'again', 'held', 'tooLarge'].includes(verdict);
}

/** Whether it may succeed later: the server is out of reach, busy, or out of space. */
export function isTransient(error: unknown): boolean {
  return (
    ['lost', 'again', 'held'].includes(verdictOf(error)) ||
    (sqlState(error)?.startsWith('53') ?? false)
  );
}

/**
 * Whether a pooler refuses the settings of a connection. PostgreSQL's own errors name the routine
 * of the server that has raised them.
 */
export function isOfPooler(error: unknown): boolean {
  const isRefusal = ['08P01', '0A000'].includes(sqlState(error) ?? '');
  return isRefusal && textIn(error, 'routine') === undefined;
}

/** Whether a session did not know a prepared statement by its name, or knew it already. */
export function isUnknownName(error: unknown): boolean {
  return ['26000', '42P05'].includes(sqlState(error) ?? '');
}

/** Whether the server's disk had no space for a write. */
export function isDiskFull(error: unknown): error is Error {
  return sqlState(error) === '53100';
}

/** No connection became free in time. Nothing was sent. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
  readonly code = 'ALL_BUSY';

  constructor(connectionsMax: number, options: { cause: unknown }) {
    super(`all ${connectionsMax} connections are busy`, options);
  }
}

/** The error for a caller. `where` names the database without its password. */
export function toEngineError(error: unknown, where: string): Error {
  if (error instanceof SkeinError || error instanceof TypeError) return error;
  if (verdictOf(error) === 'tooLarge') {
    const text = 'The write is larger than one statement can be: write less at once.';
    return new SkeinError('payload_too_large', text, { cause: error });
  }
  const state = sqlState(error);
  if (state === '23503') {
    return new TypeError('A row was put without the row that owns it.', { cause: error });
  }
  if (state !== undefined && verdictOf(error) === 'misuse') {
    return new TypeError(`PostgreSQL cannot keep this row (${state}).`, { cause: error });
  }
  const text = `The PostgreSQL database ${where} ${sentenceOf(error)}.`;
  return new SkeinError('unavailable', text, { cause: error });
}

function sentenceOf(error: unknown): string {
  const code = sqlState(error) ?? textIn(error, 'code');
  const sentence = sentences.find(([start]) => code?.startsWith(start))?.[1];
  const fileSentence = sentenceOfFile(error, code);
  const message = error instanceof Error ? error.message : 'unknown';
  return fileSentence ?? sentence ?? `could not be used: ${message}`;
}

/** An address may name files, such as certificates. A Unix socket is not a file to open. */
function sentenceOfFile(error: unknown, code: string | undefined): string | undefined {
  if (textIn(error, 'syscall') !== 'open') return undefined;
  return `cannot be used: the file ${textIn(error, 'path')}, which its address names, cannot be read (${code})`;
}

function textIn(error: unknown, name: 'code' | 'path' | 'syscall' | 'routine'): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { [name]: value } = error as NodeJS.ErrnoException & { routine?: string }; // all optional
  return typeof value === 'string' ? value : undefined;
}

const unknownSigner =
  'cannot be trusted: its certificate has an unknown signer; name the signer with sslrootcert';

/** By the first characters of the code; the first match counts. */
const sentences: readonly (readonly [start: string, sentence: string])[] = [
  [
    '08P01',
    'cannot be used through this pooler: connect to the server itself, or let the pooler ' +
      '(such as PgBouncer) give each transaction a whole session of the server',
  ],
  ['28', 'refused the login: check the user and the password'],
  ['3D000', 'does not exist: create it first'],
  ['42501', 'refuses this user: grant the right to create and use tables in the schema'],
  ['25006', 'is read-only: connect to the primary server'],
  ['53100', 'cannot be written: its disk is full'],
  ['53300', 'has too many connections'],
  ['53', 'is out of resources'],
  ['55P03', 'did not release a row in time: another transaction holds it'],
  ['57014', 'canceled the statement'],
  ['57P03', 'is starting up or shutting down'],
  ['57P', 'closed the connection'],
  ['ALL_BUSY', 'cannot be queried: all connections are busy'],
  ['NO_ANSWER', 'cannot be reached: it does not answer'],
  ['ECONNREFUSED', 'cannot be reached: no server listens there'],
  ['ENOENT', 'cannot be reached: no server listens there'],
  ['EACCES', 'cannot be reached: this user may not use its socket'],
  ['EISDIR', 'cannot be used: a file that its address names is a directory'],
  ['ENOTFOUND', 'cannot be reached: its host name is unknown'],
  ['EAI_', 'cannot be reached: its host name cannot be looked up'],
  ['ETIMEDOUT', 'cannot be reached: it does not answer'],
  ['EHOSTUNREACH', 'cannot be reached: there is no way to its host'],
  ['EHOSTDOWN', 'cannot be reached: there is no way to its host'],
  ['ENETUNREACH', 'cannot be reached: there is no way to its host'],
  ['ENETDOWN', 'cannot be reached: there is no way to its host'],
  ['ECONNRESET', 'cannot be reached: the connection broke'],
  ['ECONNABORTED', 'cannot be reached: the connection broke'],
  ['EPIPE', 'cannot be reached: the connection broke'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'cannot be trusted: its certificate is for another host'],
  ['CERT_HAS_EXPIRED', 'cannot be trusted: its certificate has expired'],
  ['CERT_NOT_YET_VALID', 'cannot be trusted: its certificate is not valid yet'],
  ['CERT_REVOKED', 'cannot be trusted: its certificate was revoked'],
  ['SELF_SIGNED_CERT', unknownSigner],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', unknownSigner],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', unknownSigner],
  ['UNABLE_TO_GET_ISSUER_CERT', unknownSigner],
  ['ERR_TLS_', 'cannot be reached: no encrypted connection came about'],
  ['ERR_SSL_', 'cannot be reached: no encrypted connection came about'],
  ['EPROTO', 'cannot be reached: no encrypted connection came about'],
];
