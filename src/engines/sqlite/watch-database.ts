import type { SqliteDatabase } from './sqlite-driver.ts';
import { sqliteCode } from './sqlite-errors.ts';

/**
 * Calls `onChange` soon after another connection has committed, until the returned function is
 * called. SQLite counts commits in shared memory: reading the counter takes microseconds.
 */
export function watchDatabase(database: SqliteDatabase, onChange: () => void): () => void {
  const statement = database.prepare('PRAGMA data_version').raw();
  const read = (): unknown => {
    try {
      return (statement.get() as [unknown])[0]; // a raw row of one column
    } catch (error) {
      if (sqliteCode(error) === undefined) throw error;
      return undefined; // a read or write that needs an answer will report the error
    }
  };
  let last = read();
  const timer = setInterval(() => {
    const now = read();
    if (now === last) return;
    last = now;
    onChange();
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

const intervalMs = 50;
