import Database from 'better-sqlite3';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import type { Engine } from '../../../../src/engine/engine.ts';
import { isEngineChosen } from '../../engine/chosen-engines-for-testing.ts';
import { schemaForTesting } from '../postgres/database-for-testing.ts';
import { postgresDialect } from '../../../../src/engines/postgres/postgres-schema.ts';
import { postgres } from '../../../../src/engines/postgres/index.ts';
import { sqliteDialect } from '../../../../src/engines/sqlite/sqlite-schema.ts';
import { sqlite } from '../../../../src/engines/sqlite/index.ts';
import type { SqlDialect } from '../../../../src/engines/sql/sql-dialect.ts';

/** An empty place for one database that engines may open, with direct access to its contents. */
export interface DatabaseForTesting extends AsyncDisposable {
  readonly dialect: SqlDialect;
  /** A new engine on this database, as if in another process. */
  createEngine(): Engine;
  /** Runs one statement. Rows are objects. */
  run(sql: string): Promise<Record<string, unknown>[]>;
  /** The names of all tables and indexes. */
  names(): Promise<string[]>;
}

const creators = { sqlite: createSqlite, postgres: createPostgres };

/** Declares the same tests for every chosen SQL engine; the others are skipped. */
export function describeSqlEngines(
  title: string,
  declare: (create: () => Promise<DatabaseForTesting>) => void,
): void {
  for (const [name, create] of Object.entries(creators)) {
    describe.runIf(isEngineChosen(name))(`${name} · ${title}`, () => {
      declare(create);
    });
  }
}

async function createSqlite(): Promise<DatabaseForTesting> {
  const folder = await mkdtemp(join(tmpdir(), 'skein-'));
  const path = join(folder, 'skein.db');
  let database: Database.Database | undefined;
  const run = (sql: string): Promise<Record<string, unknown>[]> => {
    database ??= new Database(path);
    const statement = database.prepare(sql);
    // Rows are objects.
    if (statement.reader) return Promise.resolve(statement.all() as Record<string, unknown>[]);
    statement.run();
    return Promise.resolve([]);
  };
  return {
    dialect: sqliteDialect,
    createEngine: () => sqlite({ path }),
    run,
    names: async () => {
      const rows = await run(
        "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name",
      );
      return rows.map(({ name }) => String(name));
    },
    [Symbol.asyncDispose]: async () => {
      database?.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function createPostgres(): Promise<DatabaseForTesting> {
  const database = await schemaForTesting();
  const { schema, url, query } = database;
  return {
    dialect: postgresDialect(schema),
    createEngine: () => postgres({ url, schema, connectionsMax: 4 }),
    run: async (sql) => {
      await query(`SET search_path = "${schema}"`);
      return query(sql);
    },
    names: async () => {
      const rows = await query<{ relname: string }>(
        'SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace ' +
          'WHERE nspname = $1 AND relname NOT LIKE \'%_pkey\' ORDER BY relname COLLATE "C"',
        [schema],
      );
      return rows.map(({ relname }) => relname);
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
