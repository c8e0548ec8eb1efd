import { constants } from 'node:fs';
import { copyFile, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SkeinError } from '../../shared/error.ts';
import { checkMigration } from '../sql/migrate.ts';
import type { SqlTable } from '../sql/sql-table.ts';
import { createMigrationHost } from './migration-host.ts';
import { mendFileModes } from './private-file.ts';
import type { ParsedSqliteConfig } from './sqlite-config.ts';
import type { SqliteDatabase, SqliteDriver } from './sqlite-driver.ts';
import { isRefusedWrite, readOnlyError } from './sqlite-errors.ts';
import type { OpenSqlite, SqliteWriter } from './sqlite-writer.ts';
import { watchDatabase } from './watch-database.ts';

/**
 * Opens a database that this user may not write; writes are refused. The modes of its files stay
 * as they are.
 *
 * A database with a write-ahead log can be read only together with the log and its index, two files
 * beside it. If they are missing and cannot be made, as in a read-only directory, SQLite must be
 * told that no process can ever write the file, for which its driver has no means. Then a copy is
 * read, as the file was when it was opened.
 */
export async function openReadOnly(
  config: ParsedSqliteConfig,
  driver: SqliteDriver,
  tables: readonly SqlTable[],
): Promise<OpenSqlite> {
  const { path, cacheMebibytes, busyTimeoutMs } = config;
  const { database, isCopy } = await openReader(driver, path);
  try {
    const host = createMigrationHost(database, busyTimeoutMs);
    await checkMigration(host, tables, { migrate: 'never' });
    database.exec(`PRAGMA cache_size = -${cacheMebibytes * 1024}`);
    database.exec('PRAGMA temp_store = MEMORY');
    return { database, writer: refuseWrites(path, isCopy ? undefined : database) };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Whether a database that could not be opened for writes may yet be read. */
export async function mayBeReadable(path: string): Promise<boolean> {
  try {
    return !(await stat(path.trim())).isDirectory();
  } catch (error) {
    if (systemCodeOf(error) === '') throw error;
    return true; // and if not, the reader says why
  }
}

/** Whether the file is there, and this user may not write it. */
export async function isReadOnlyFile(path: string): Promise<boolean> {
  try {
    await (await open(path.trim(), 'r+')).close();
    return false;
  } catch (error) {
    return ['EACCES', 'EPERM', 'EROFS'].includes(systemCodeOf(error));
  }
}

interface Reader {
  readonly database: SqliteDatabase;
  readonly isCopy: boolean;
}

async function openReader(driver: SqliteDriver, path: string): Promise<Reader> {
  try {
    return { database: connect(driver, path), isCopy: false };
  } catch (error) {
    if (!isRefusedWrite(error)) throw error;
    return { database: await openCopy(driver, path.trim(), error), isCopy: true };
  }
}

/** SQLite looks into a file only when it is read. */
function connect(driver: SqliteDriver, path: string): SqliteDatabase {
  const database = new driver(path, { timeout: 0, readonly: true });
  try {
    database.prepare('SELECT count(*) FROM sqlite_master').get();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * The copy has no name once it is open, so that it is gone with this process, however that ends.
 * (Where an open file cannot be removed, it stays until the next cleaning of temporary files.)
 */
async function openCopy(
  driver: SqliteDriver,
  path: string,
  refusal: unknown,
): Promise<SqliteDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'skein-'));
  try {
    const copy = join(folder, 'copy.db');
    await copyDatabase(path, copy, refusal);
    await mendFileModes(copy); // a copy has the mode of its file
    const database = new driver(copy, { timeout: 0 });
    try {
      database.exec('PRAGMA journal_mode = DELETE'); // takes in what the log has
    } finally {
      database.close();
    }
    return connect(driver, copy);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const attemptsMax = 5;

/** Copies the file and its log. Another user's process may write them meanwhile. */
async function copyDatabase(path: string, copy: string, refusal: unknown): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const before = await stateOf(path);
    try {
      await copyFile(path, copy, constants.COPYFILE_FICLONE);
      await copyLog(`${path}-wal`, `${copy}-wal`);
    } catch (error) {
      const code = systemCodeOf(error);
      if (code === 'ENOENT') throw missingError(path, refusal);
      if (code !== 'ENOSPC') throw refusal;
      throw new SkeinError(
        'unavailable',
        `The database ${path} is in a read-only directory, where SQLite can only read a copy of it, ` +
          'for which the disk of temporary files has no room. Set TMPDIR to a directory with more room.',
        { cause: error },
      );
    }
    if ((await stateOf(path)) === before) return;
    if (attempt === attemptsMax) throw readOnlyError(path, refusal);
  }
}

async function copyLog(path: string, copy: string): Promise<void> {
  await rm(copy, { force: true });
  try {
    await copyFile(path, copy, constants.COPYFILE_FICLONE);
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error;
  }
}

/** Changes whenever the database does. */
async function stateOf(path: string): Promise<string> {
  const states = [path, `${path}-wal`].map(async (name) => {
    try {
      const { size, mtimeNs } = await stat(name, { bigint: true });
      return `${size} ${mtimeNs}`;
    } catch (error) {
      if (systemCodeOf(error) === '') throw error;
      return ''; // the copy says why it cannot be read
    }
  });
  return (await Promise.all(states)).join();
}

function missingError(path: string, cause: unknown): SkeinError {
  return new SkeinError(
    'unavailable',
    `The database ${path} does not exist, and this user may not make it in that directory. ` +
      'Choose another one, or let this user write the directory (chown, chmod).',
    { cause },
  );
}

/** `watched` is the database, if other processes may change what is read. */
function refuseWrites(path: string, watched: SqliteDatabase | undefined): SqliteWriter {
  const watches: (() => void)[] = [];
  return {
    write: () => Promise.reject(readOnlyError(path)),
    watch: (onChange) => {
      if (watched) watches.push(watchDatabase(watched, onChange));
    },
    close: () => {
      for (const stop of watches) stop();
      return Promise.resolve();
    },
  };
}

/** The code of an error of the operating system, or an empty text. */
function systemCodeOf(error: unknown): string {
  const isCoded = error instanceof Error && 'syscall' in error && 'code' in error;
  return isCoded ? String(error.code) : '';
}
