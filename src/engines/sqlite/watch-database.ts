import type { SqliteDatabase } from './sqlite-driver.ts';
import { sqliteCode } from './sqlite-errors.ts';

/**
 * Calls `onChange` soon after another connection has committed something, until the returned function is
 * called. SQLite tells that with a number which it reads from shared memory: asking costs microseconds.
 */
export function watchDatabase(database: SqliteDatabase, onChange: () => void): () => void {
  const statement = database.prepare('PRAGMA data_version').raw();
  const read = (): unknown => {
    try {
      return (statement.get() as [unknown])[0]; // a raw row of one column
    } catch (error) {
      if (sqliteCode(error) === undefined) throw error;
      return undefined; // the reads and writes that need an answer tell what is wrong
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
