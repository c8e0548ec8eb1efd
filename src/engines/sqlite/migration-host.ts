import type { MigrationHost } from '../sql/migrate.ts';
import type { SqliteDatabase } from './sqlite-driver.ts';
import { sqliteDialect } from './sqlite-schema.ts';
import { waitWhileBusy } from './wait-while-busy.ts';

/** The access of migrations to a connection. It waits while other processes are in the way. */
export function createMigrationHost(
  database: SqliteDatabase,
  busyTimeoutMs: number,
): MigrationHost {
  const patiently = <T>(task: () => T): Promise<T> => waitWhileBusy(task, busyTimeoutMs);
  const run: MigrationHost['run'] = (sql, values = []) => {
    return patiently(() => {
      const statement = database.prepare(sql);
      // Raw() returns rows as arrays.
      if (statement.reader) return statement.raw().all(...values) as unknown[][];
      statement.run(...values);
      return [];
    });
  };
  return {
    dialect: sqliteDialect,
    ownTables: [],
    run,
    names: async () => {
      const rows = await run('SELECT "name" FROM sqlite_master');
      return new Set(rows.map(([name]) => String(name)));
    },
    transact: async (task) => {
      await patiently(() => database.exec('BEGIN IMMEDIATE'));
      try {
        await task();
        database.exec('COMMIT');
      } catch (error) {
        if (database.inTransaction) database.exec('ROLLBACK');
        throw error;
      }
    },
  };
}
