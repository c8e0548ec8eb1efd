import type { Database } from 'better-sqlite3';
import { createTableReader, type CheckpointSource, type SourceRow } from './checkpoint-source.ts';
import { codeOf, loadPackage, mustHaveTables, sourceError } from './source-errors.ts';

const tables = {
  checkpoints: 'checkpoints',
  writes: 'writes',
  valueColumn: 'value',
  collation: '',
};

const packages = ['@langchain/langgraph-checkpoint-sqlite', 'better-sqlite3'];

/** Opens a file that LangGraph's SQLite saver has written, read-only. Throws `unavailable`. */
export async function openSqliteSource(path: string): Promise<CheckpointSource> {
  const { default: Driver } = await loadPackage(packages, () => import('better-sqlite3'));
  const { SqliteSaver } = await loadPackage(
    packages,
    () => import('@langchain/langgraph-checkpoint-sqlite'),
  );
  const database = openDatabase(Driver, path);
  // The types of better-sqlite3 know no rows; each column is checked when it is read.
  const query = (sql: string, parameters: readonly string[]): SourceRow[] =>
    database.prepare(sql.replaceAll(/\$\d/g, '?')).all(...parameters) as SourceRow[];
  try {
    const names = query(`SELECT name FROM sqlite_master WHERE type = 'table'`, []);
    mustHaveTables(
      path,
      [tables.checkpoints, tables.writes],
      new Set(names.map(({ name }) => String(name))),
    );
  } catch (error) {
    database.close();
    throw openError(error, path);
  }
  const saver = new SqliteSaver(withoutChanges(database));
  return {
    saver,
    concurrency: 4,
    ...createTableReader(query, tables, saver.serde),
    // oxlint-disable-next-line require-await -- asynchronous by contract: other databases wait
    async [Symbol.asyncDispose]() {
      database.close();
    },
  };
}

function openDatabase(
  Driver: new (path: string, options: { readonly: boolean; fileMustExist: boolean }) => Database,
  path: string,
): Database {
  try {
    return new Driver(path, { readonly: true, fileMustExist: true });
  } catch (error) {
    throw openError(error, path);
  }
}

/** The saver sets up its tables before it reads, which a read-only database refuses. */
function withoutChanges(database: Database): Database {
  const methods = {
    prepare: database.prepare.bind(database),
    transaction: database.transaction.bind(database),
    pragma: () => undefined,
    exec: () => undefined,
  };
  return methods as unknown as Database; // all that the saver calls
}

function openError(error: unknown, path: string): unknown {
  switch (codeOf(error)) {
    case 'SQLITE_NOTADB':
      return sourceError(`${path} is not a SQLite database.`, error);
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_CANTOPEN_ISDIR':
    case undefined:
      // better-sqlite3's error for a missing directory has no code; our own errors need no words
      // added.
      return error instanceof TypeError || codeOf(error) !== undefined
        ? sourceError(`${path} cannot be opened: is it there, and may it be read?`, error)
        : error;
    default:
      return sourceError(`${path} cannot be read: ${String(error)}`, error);
  }
}
