/**
 * The engine on a SQLite file: real tables, one file, several processes of one machine. Needs
 * better-sqlite3.
 * @module
 */
export { sqlite } from './sqlite-engine.ts';
export type { SqliteConfig } from './sqlite-config.ts';
export type { SqliteDatabase, SqliteDriver, SqliteStatement } from './sqlite-driver.ts';
