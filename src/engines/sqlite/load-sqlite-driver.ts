import { SkeinError } from '../../shared/error.ts';
import type { SqliteDriver } from './sqlite-driver.ts';

export async function loadSqliteDriver(): Promise<SqliteDriver> {
  try {
    return (await import('better-sqlite3')).default;
  } catch (error) {
    throw new SkeinError(
      'unavailable',
      'The driver better-sqlite3 could not be loaded: install it beside skein (npm install better-sqlite3).',
      { cause: error },
    );
  }
}
