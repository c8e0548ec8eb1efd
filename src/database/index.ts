/**
 * The store's tables as Drizzle tables, made from the store's own declarations, so that you can
 * join them with yours. Needs drizzle-orm.
 * @module
 */
export { postgres, postgresIn } from './postgres-tables.ts';
export type { PostgresTable, PostgresTables } from './postgres-tables.ts';
export { sqlite } from './sqlite-tables.ts';
export type { SqliteTable, SqliteTables } from './sqlite-tables.ts';
export type { ColumnData } from './drizzle-column.ts';
export type { TableName } from '../records/all-tables.ts';
