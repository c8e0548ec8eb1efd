import { SkeinError } from '../../shared/error.ts';

/** The code of a SQLite error, such as `SQLITE_BUSY`, or `undefined` for any other error. */
export function sqliteCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const { code } = error;
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : undefined;
}

/** Whether another connection is in the way, and nothing has happened. */
export function isBusy(error: unknown): boolean {
  return /^SQLITE_(?:BUSY|LOCKED)/.test(sqliteCode(error) ?? '');
}

/** Whether the disk refused a write: it is full, read-only or broken. */
export function isDiskFailure(error: unknown): error is Error {
  return /^SQLITE_(?:FULL|IOERR|READONLY)/.test(sqliteCode(error) ?? '');
}

/**
 * Whether SQLite may not write the file, or the ones beside it: for these it only says that it
 * cannot open something.
 */
export function isRefusedWrite(error: unknown): boolean {
  return /^SQLITE_(?:READONLY|CANTOPEN|PERM)/.test(sqliteCode(error) ?? '');
}

/** For a write to a database that was opened for reads. */
export function readOnlyError(path: string, cause?: unknown): SkeinError {
  const message = `The database ${path} ${sentences.SQLITE_READONLY}.`;
  return new SkeinError('unavailable', message, cause === undefined ? undefined : { cause });
}

/** The error for a caller. Returns other errors than SQLite's unchanged. */
export function toEngineError(error: unknown, path: string): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return error;
  if (code === 'SQLITE_CONSTRAINT_FOREIGNKEY') {
    return new TypeError('A row was put without the row that owns it.', { cause: error });
  }
  const sentence = Object.entries(sentences).find(([start]) => code.startsWith(start))?.[1];
  const text = sentence ?? `could not be used (${code})`;
  return new SkeinError('unavailable', `The database ${path} ${text}.`, { cause: error });
}

/** By the first characters of the code; the first match counts. */
const sentences = {
  SQLITE_BUSY: 'is being written by another process and did not become free in time',
  SQLITE_LOCKED: 'is locked by another connection of this process',
  SQLITE_FULL: 'cannot be written: the disk is full',
  SQLITE_READONLY:
    'cannot be written: the file or its directory is read-only for this user (chown and chmod change ' +
    'that, or open a copy of it)',
  SQLITE_PERM: 'may not be opened by this user',
  SQLITE_CANTOPEN:
    'cannot be opened: it is a directory, or this user may not read and write it (chown and chmod ' +
    'change that)',
  SQLITE_NOTADB: 'is not a SQLite database, or is encrypted',
  SQLITE_CORRUPT: 'is damaged: restore it from a backup',
  SQLITE_IOERR: 'could not be read or written: the disk reported an error',
  SQLITE_NOMEM: 'could not be used: out of memory',
} as const;
