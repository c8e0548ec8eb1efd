import { SkeinError } from '../../shared/error.ts';

/** The part of a driver that the engine needs: better-sqlite3, typed by its structure. */
export type SqliteDriver = new (
  path: string,
  options: { timeout: number; readonly?: boolean },
) => SqliteDatabase;

export interface SqliteDatabase {
  readonly inTransaction: boolean;
  prepare(sql: string): SqliteStatement;
  exec(sql: string): unknown;
  close(): unknown;
}

export interface SqliteStatement {
  /** Whether it returns rows. */
  readonly reader: boolean;
  run(...values: unknown[]): { readonly changes: number };
  get(...values: unknown[]): unknown;
  all(...values: unknown[]): unknown[];
  /** Returns rows as arrays of values. */
  raw(): SqliteStatement;
}

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
