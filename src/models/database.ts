import { is, type SQL } from 'drizzle-orm';
import { PgDatabase } from 'drizzle-orm/pg-core';
import { BaseSQLiteDatabase } from 'drizzle-orm/sqlite-core';
import { postgres, type PostgresTables } from '../database/postgres-tables.ts';
import { sqlite, type SqliteTables } from '../database/sqlite-tables.ts';
import type { Store } from '../store/store.ts';

/** A Drizzle database with any driver for PostgreSQL or SQLite, or a transaction of it. */
export interface DrizzleDatabase {
  select(...fields: never[]): unknown;
}

/** The first argument of every model call: a store, and a Drizzle database over the same tables. */
export interface Database<D extends DrizzleDatabase = DrizzleDatabase> {
  /** Writes go through it. */
  readonly store: Store;
  /** Reads go through it; use it for joins with tables of your own. */
  readonly drizzle: D;
  /** The tables of the store, in the dialect of `drizzle`. */
  readonly tables: PostgresTables | SqliteTables;
}

export interface DatabaseOptions<D extends DrizzleDatabase> {
  /** Remains yours: open it before, close it after. */
  readonly store: Store;
  /** Must read the store's own file or database, not a replica. Remains yours, too. */
  readonly drizzle: D;
  /**
   * Default: the tables of the dialect. With an engine that has a `schema`, `postgresIn(schema)`.
   */
  readonly tables?: PostgresTables;
}

/**
 * Combines a store and a Drizzle database for the model calls. This costs nothing: make one for a
 * transaction of yours, to read what it wrote.
 *
 * Model calls act as the operator of the database: no access rules apply, as with any other query.
 * To respect a caller's rights use `store.project(id).as(caller)`. Throws `TypeError` if `drizzle`
 * is not a Drizzle database.
 *
 * @example
 * const db = createDatabase({ store, drizzle: drizzle(pool) });
 * const [thread] = await insertThreads(db, [{ ownerId: 'u1', title: 'Hello' }]);
 * const page = await selectItems(db, [eq(postgres.items.threadId, thread.id)]);
 */
export function createDatabase<D extends DrizzleDatabase>(
  options: DatabaseOptions<D>,
): Database<D> {
  const { store, drizzle } = options;
  if (is(drizzle, PgDatabase)) return { store, drizzle, tables: options.tables ?? postgres };
  if (!is(drizzle, BaseSQLiteDatabase)) {
    throw new TypeError('drizzle must be a Drizzle database for PostgreSQL or SQLite');
  }
  if (options.tables !== undefined)
    throw new TypeError('tables are for PostgreSQL: SQLite has no schemas');
  return { store, drizzle, tables: sqlite };
}

/**
 * Drizzle conditions, all of which a row must meet. They may name columns of the rows' own table
 * and of `threads`. An `undefined`, such as Drizzle's own `and()` gives, is no condition.
 */
export type Conditions = readonly (SQL | undefined)[];
