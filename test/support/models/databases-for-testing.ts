import Sqlite from 'better-sqlite3';
import { drizzle as drizzleSqlite } from 'drizzle-orm/better-sqlite3';
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { postgresIn, type PostgresTables } from '../../../src/database/postgres-tables.ts';
import { sqlite as sqliteTables } from '../../../src/database/sqlite-tables.ts';
import { postgres } from '../../../src/engines/postgres/postgres-engine.ts';
import { schemaForTesting } from '../engines/postgres/database-for-testing.ts';
import { sqlite } from '../../../src/engines/sqlite/sqlite-engine.ts';
import { createStore } from '../../../src/store/create-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { createDatabase, type Database } from '../../../src/models/database.ts';

/**
 * A real database with two stores on it, as in two processes, and a Drizzle database beside them.
 */
export interface DatabaseForTesting extends AsyncDisposable {
  readonly db: Database;
  /** The tables. The dialects do not differ in anything that a condition needs. */
  readonly tables: PostgresTables;
  readonly store: Store;
  readonly other: Store;
  /** The model calls of the other process. */
  readonly otherDb: Database;
}

export async function sqliteForTesting(): Promise<DatabaseForTesting> {
  const folder = await mkdtemp(join(tmpdir(), 'skein-'));
  const path = join(folder, 'skein.db');
  const store = await createStore({ engine: sqlite({ path }) });
  const other = await createStore({ engine: sqlite({ path }) });
  const file = new Sqlite(path);
  const drizzle = drizzleSqlite(file);
  return {
    db: createDatabase({ store, drizzle }),
    otherDb: createDatabase({ store: other, drizzle }),
    tables: sqliteTables as unknown as PostgresTables, // the same names and values
    store,
    other,
    [Symbol.asyncDispose]: async () => {
      file.close();
      await Promise.all([store.close(), other.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function postgresForTesting(): Promise<DatabaseForTesting> {
  const database = await schemaForTesting();
  const { url, schema } = database;
  const store = await createStore({ engine: postgres({ url, schema }) });
  const other = await createStore({ engine: postgres({ url, schema }) });
  const pool = new Pool({ connectionString: url, max: 4 });
  const drizzle = drizzlePostgres(pool);
  const tables = postgresIn(schema);
  return {
    db: createDatabase({ store, drizzle, tables }),
    otherDb: createDatabase({ store: other, drizzle, tables }),
    tables,
    store,
    other,
    [Symbol.asyncDispose]: async () => {
      await pool.end();
      await Promise.all([store.close(), other.close()]);
      await database[Symbol.asyncDispose]();
    },
  };
}
