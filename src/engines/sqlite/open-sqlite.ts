import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { SkeinError } from '../../shared/error.ts';
import { checkMigration, migrate } from '../sql/migrate.ts';
import type { SqlTable } from '../sql/sql-table.ts';
import { createMigrationHost } from './migration-host.ts';
import { isReadOnlyFile, mayBeReadable, openReadOnly } from './open-read-only.ts';
import { makePrivateFile, mendFileModes } from './private-file.ts';
import type { ParsedSqliteConfig } from './sqlite-config.ts';
import { type SqliteDatabase, type SqliteDriver, loadSqliteDriver } from './sqlite-driver.ts';
import { isRefusedWrite, toEngineError } from './sqlite-errors.ts';
import { writeInline, type OpenSqlite, type SqliteWriter } from './sqlite-writer.ts';
import { writeInThread } from './threaded-writer.ts';
import { waitWhileBusy } from './wait-while-busy.ts';

/**
 * Opens the file and migrates it to the declared tables. What this user may not write is opened for
 * reads. Holds nothing after a failure.
 */
export async function openSqlite(
  config: ParsedSqliteConfig,
  tables: readonly SqlTable[],
): Promise<OpenSqlite> {
  const driver = config.driver ?? (await loadSqliteDriver());
  await checkDirectory(config.path);
  try {
    if (await isReadOnlyFile(config.path)) return await openReadOnly(config, driver, tables);
    return await openForWrites(config, driver, tables);
  } catch (error) {
    throw toEngineError(error, config.path);
  }
}

/** Falls back to reads where the file could be written, but not the ones beside it. */
async function openForWrites(
  config: ParsedSqliteConfig,
  driver: SqliteDriver,
  tables: readonly SqlTable[],
): Promise<OpenSqlite> {
  let database: SqliteDatabase | undefined;
  try {
    if (config.driver === undefined) await makePrivateFile(config.path);
    // The engine waits by itself: the driver would block the whole process.
    database = new driver(config.path, { timeout: 0 });
    return await prepareForWrites(database, config, tables);
  } catch (error) {
    database?.close();
    if (!isRefusedWrite(error) || !(await mayBeReadable(config.path))) throw error;
    return await openReadOnly(config, driver, tables);
  }
}

async function prepareForWrites(
  database: SqliteDatabase,
  config: ParsedSqliteConfig,
  tables: readonly SqlTable[],
): Promise<OpenSqlite> {
  const { path, busyTimeoutMs, migration } = config;
  const host = createMigrationHost(database, busyTimeoutMs);
  // The pragmas already change a file, and a file of another program must stay untouched.
  await checkMigration(host, tables, migration);
  await mendFileModes(path);
  const pragmas = pragmasFor(config);
  for (const pragma of pragmas) {
    await waitWhileBusy(() => database.exec(`PRAGMA ${pragma}`), busyTimeoutMs);
  }
  await migrate(host, tables, migration);
  return { database, writer: await createWriter(database, config, pragmas) };
}

function createWriter(
  database: SqliteDatabase,
  { path, driver, busyTimeoutMs }: ParsedSqliteConfig,
  pragmas: readonly string[],
): Promise<SqliteWriter> {
  if (driver) return Promise.resolve(writeInline(database, busyTimeoutMs));
  database.exec('PRAGMA query_only = ON');
  return writeInThread({ path, pragmas, busyTimeoutMs });
}

/**
 * Rewrites the file without what was deleted before `secure_delete` was on, and empties the
 * log, which has the pages of before. Throws `unavailable` while another process reads.
 */
export async function compactSqlite(config: ParsedSqliteConfig): Promise<void> {
  const driver = config.driver ?? (await loadSqliteDriver());
  const database = new driver(config.path, { timeout: config.busyTimeoutMs });
  try {
    database.exec('PRAGMA secure_delete = ON');
    emptyLog(database, config.path);
    database.exec('VACUUM');
    emptyLog(database, config.path);
  } catch (error) {
    throw toEngineError(error, config.path);
  } finally {
    database.close();
  }
}

function emptyLog(database: SqliteDatabase, path: string): void {
  const checkpoint = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').raw();
  const [isBusy] = checkpoint.get() as [number]; // the pragma gives one row
  if (isBusy === 0) return;
  throw new SkeinError(
    'unavailable',
    `The log of the database ${path} is in use: stop the other processes that have it open.`,
  );
}

/**
 * What is deleted is overwritten in the file. Commits are synced into the write-ahead log before
 * they are answered, on macOS past the drive's own cache. Readers and the one writer do not wait
 * for each other.
 */
function pragmasFor({ cacheMebibytes }: ParsedSqliteConfig): string[] {
  return [
    'journal_mode = WAL',
    'synchronous = FULL',
    'fullfsync = ON',
    'foreign_keys = ON',
    'secure_delete = ON',
    `cache_size = -${cacheMebibytes * 1024}`,
    'temp_store = MEMORY',
    `wal_autocheckpoint = ${checkpointPages}`,
  ];
}

/** SQLite creates the file, but never its directory. */
async function checkDirectory(path: string): Promise<void> {
  const directory = dirname(resolve(path));
  try {
    if ((await stat(directory)).isDirectory()) return;
  } catch (error) {
    throw new SkeinError(
      'unavailable',
      `The directory ${directory} of the database does not exist: create it first.`,
      {
        cause: error,
      },
    );
  }
  throw new SkeinError(
    'unavailable',
    `The database cannot be in ${directory}, which is not a directory.`,
  );
}

/** 32 MiB of log: pages that change often are copied into the file rarely. */
const checkpointPages = 8192;
