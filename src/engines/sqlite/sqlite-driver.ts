/** What the engine needs of a driver: that of better-sqlite3, typed by its structure. */
export type SqliteDriver = new (path: string, options: { timeout: number }) => SqliteDatabase;

export interface SqliteDatabase {
  readonly inTransaction: boolean;
  prepare(sql: string): SqliteStatement;
  exec(sql: string): unknown;
  close(): unknown;
}

export interface SqliteStatement {
  /** Whether it gives rows. */
  readonly reader: boolean;
  run(...values: unknown[]): { readonly changes: number };
  get(...values: unknown[]): unknown;
  all(...values: unknown[]): unknown[];
  /** Makes rows arrays of values. */
  raw(): SqliteStatement;
}
