import Sqlite from 'better-sqlite3';
import { and, asc, eq, getTableColumns, is } from 'drizzle-orm';
import { drizzle as drizzleSqlite } from 'drizzle-orm/better-sqlite3';
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres';
import * as pgCore from 'drizzle-orm/pg-core';
import * as sqliteCore from 'drizzle-orm/sqlite-core';
import {
  generateDrizzleJson,
  generateMigration,
  generateSQLiteDrizzleJson,
  generateSQLiteMigration,
} from 'drizzle-kit/api';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { postgres as postgresEngine } from '../engines/postgres/postgres-engine.ts';
import {
  schemaForTesting,
  type SchemaForTesting,
} from '../../test/support/engines/postgres/database-for-testing.ts';
import { sqlite as sqliteEngine } from '../engines/sqlite/sqlite-engine.ts';
import type { JsonObject } from '../shared/json.ts';
import { allTables } from '../records/all-tables.ts';
import { createStore, type Store } from 'skein';
import { postgres, postgresIn, sqlite, type PostgresTables } from 'skein/database';
import {
  postgresFacts,
  presentIn,
  sqliteFacts,
  type TableFacts,
} from '../../test/support/database/live-tables-for-testing.ts';
import { isEngineChosen } from '../../test/support/engine/chosen-engines-for-testing.ts';

const names = allTables.map(({ name }) => name).toSorted();

/** The columns that lookups need, in order, at the beginning of a key or an index. */
const required: readonly (readonly [keyof PostgresTables, readonly string[]])[] = [
  ['threads', ['projectId', 'scopeType', 'scopeId']],
  ['items', ['threadId', 'id']],
  ['items', ['threadId', 'runId']],
  ['items', ['threadId', 'spanId']],
  ['streams', ['threadId', 'id']],
  ['streams', ['threadId', 'runId']],
];

function hasIndexOn({ primaryKey, indexes }: TableFacts, columns: readonly string[]): boolean {
  const lists = [primaryKey, ...indexes.map((index) => index.columns)];
  return lists.some((list) => columns.every((name, i) => list[i] === name));
}

test('both dialects have every table of the store', () => {
  expect(Object.keys(postgres).toSorted()).toEqual(names);
  expect(Object.keys(sqlite).toSorted()).toEqual(names);
});

test('rows have the types of their columns, the same in both dialects', () => {
  type Thread = typeof postgres.threads.$inferSelect;
  expectTypeOf<Thread>().toEqualTypeOf<typeof sqlite.threads.$inferSelect>();
  expectTypeOf<Thread['id']>().toEqualTypeOf<string>();
  expectTypeOf<Thread['scopeType']>().toEqualTypeOf<string | null>();
  expectTypeOf<Thread['metadata']>().toEqualTypeOf<JsonObject>();
  expectTypeOf<Thread['createdAt']>().toEqualTypeOf<Date>();
  expectTypeOf<Thread['archivedAt']>().toEqualTypeOf<Date | null>();
  expectTypeOf<Thread['archived']>().toEqualTypeOf<boolean>();
  expectTypeOf<Thread['itemCount']>().toEqualTypeOf<number>();
  type Item = typeof sqlite.items.$inferSelect;
  expectTypeOf<Item>().toEqualTypeOf<typeof postgres.items.$inferSelect>();
  expectTypeOf<Item['parts'][number]['type']>().toEqualTypeOf<string>();
  // @ts-expect-error -- there is no such column
  expect(postgres.threads.nothing).toBeUndefined();
});

describe.runIf(isEngineChosen('postgres'))('on PostgreSQL', () => {
  let database: SchemaForTesting;
  let store: Store;
  let tables: PostgresTables;
  let client: Client;
  beforeAll(async () => {
    database = await schemaForTesting();
    const { url, schema } = database;
    store = await createStore({ engine: postgresEngine({ url, schema }) });
    tables = postgresIn(schema);
    client = new Client(url);
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await store.close();
    await database[Symbol.asyncDispose]();
  });

  test('the tables are those of the live database', async () => {
    const live = await postgresFacts(database);
    for (const [name, table] of Object.entries(tables)) {
      expect({ name, ...postgresTableFacts(table) }).toEqual({ name, ...live.get(name) });
    }
    for (const [name, columns] of required) {
      expect([name, columns, hasIndexOn(live.get(name)!, columns)]).toEqual([name, columns, true]);
    }
  });

  test('people join them with their own tables', async () => {
    const ours = pgCore.pgSchema(database.schema);
    const tickets = ours.table('tickets', {
      id: pgCore.text().primaryKey(),
      threadId: pgCore.text().references(() => tables.threads.id),
    });
    // drizzle-kit generates a migration of our own table only, and the database accepts it.
    const migration = await generateMigration(
      generateDrizzleJson({}),
      generateDrizzleJson({ tickets }),
    );
    for (const statement of migration) await client.query(statement);
    const db = drizzlePostgres(client);
    const threadId = await fillStore(store);
    await db.insert(tickets).values([{ id: 'T-1', threadId }, { id: 'T-2' }]);
    const rows = await db
      .select({ ticket: tickets.id, item: tables.items, thread: tables.threads })
      .from(tickets)
      .innerJoin(tables.threads, eq(tables.threads.id, tickets.threadId))
      .innerJoin(tables.items, eq(tables.items.threadId, tables.threads.id))
      .where(and(eq(tables.threads.scopeId, 'T-1'), eq(tables.items.role, 'user')))
      .orderBy(asc(tables.items.id));
    expect(rows).toEqual(joinedRows(threadId));
    const orphan = db.insert(tickets).values({ id: 'T-3', threadId: 'nowhere' });
    await expect(orphan).rejects.toThrow(/Failed query/);
  });

  test('drizzle-kit accepts them', async () => {
    const schema = `kit_${database.schema}`;
    const generated = await generateMigration(
      generateDrizzleJson({}),
      generateDrizzleJson({ ...postgresIn(schema), schema: pgCore.pgSchema(schema) }),
    );
    const copy: SchemaForTesting = { ...database, schema };
    try {
      for (const statement of generated) await client.query(statement);
      expect(await postgresFacts(copy)).toEqual(ofTheStore(await postgresFacts(database)));
    } finally {
      await client.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
    }
  });
});

describe.runIf(isEngineChosen('sqlite'))('on SQLite', () => {
  let folder: string;
  let store: Store;
  let file: Sqlite.Database;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'skein-'));
    const path = join(folder, 'skein.db');
    store = await createStore({ engine: sqliteEngine({ path }) });
    file = new Sqlite(path);
  });
  afterAll(async () => {
    file.close();
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('the tables are those of the live database', () => {
    const live = sqliteFacts(file);
    for (const [name, table] of Object.entries(sqlite)) {
      expect({ name, ...sqliteTableFacts(table) }).toEqual({ name, ...live.get(name) });
    }
    for (const [name, columns] of required) {
      expect([name, columns, hasIndexOn(live.get(name)!, columns)]).toEqual([name, columns, true]);
    }
  });

  test('people join them with their own tables', async () => {
    const tickets = sqliteCore.sqliteTable('tickets', {
      id: sqliteCore.text().primaryKey(),
      threadId: sqliteCore.text().references(() => sqlite.threads.id),
    });
    const migration = await generateSQLiteMigration(
      await generateSQLiteDrizzleJson({}),
      await generateSQLiteDrizzleJson({ tickets }),
    );
    for (const statement of migration) file.exec(statement);
    const db = drizzleSqlite(file);
    const threadId = await fillStore(store);
    db.insert(tickets)
      .values([{ id: 'T-1', threadId }, { id: 'T-2' }])
      .run();
    const rows = db
      .select({ ticket: tickets.id, item: sqlite.items, thread: sqlite.threads })
      .from(tickets)
      .innerJoin(sqlite.threads, eq(sqlite.threads.id, tickets.threadId))
      .innerJoin(sqlite.items, eq(sqlite.items.threadId, sqlite.threads.id))
      .where(and(eq(sqlite.threads.scopeId, 'T-1'), eq(sqlite.items.role, 'user')))
      .orderBy(asc(sqlite.items.id))
      .all();
    expect(rows).toEqual(joinedRows(threadId));
    const orphan = db.insert(tickets).values({ id: 'T-3', threadId: 'nowhere' });
    expect(() => orphan.run()).toThrow(/FOREIGN KEY/);
  });

  test('drizzle-kit accepts them', async () => {
    const generated = await generateSQLiteMigration(
      await generateSQLiteDrizzleJson({}),
      await generateSQLiteDrizzleJson({ ...sqlite }),
    );
    const copy = new Sqlite(':memory:');
    try {
      for (const statement of generated) copy.exec(statement);
      expect(sqliteFacts(copy)).toEqual(ofTheStore(sqliteFacts(file)));
    } finally {
      copy.close();
    }
  });
});

/** A thread about `T-1` with text that SQL databases cannot store unchanged. */
async function fillStore(store: Store): Promise<string> {
  const project = store.project('default').as({ userId: 'u1' });
  const [thread] = await project.threads.create([
    { scopeType: 'ticket', scopeId: 'T-1', metadata: { b: 1, a: ['\u0000'] } },
  ]);
  await project.items.append(thread!.id, [
    { role: 'user', text: 'a\u0000b' },
    { role: 'assistant', parts: [{ type: 'odd\u0000\u0001' }] },
  ]);
  return thread!.id;
}

function joinedRows(threadId: string): unknown[] {
  return [
    {
      ticket: 'T-1',
      thread: expect.objectContaining({
        id: threadId,
        metadata: { b: 1, a: ['\u0000'] },
        archivedAt: null,
        archived: false,
        itemCount: 2,
        lastPreview: '[odd\u0000\u0001]',
        createdAt: expect.any(Date),
      }),
      item: expect.objectContaining({ parts: [{ type: 'text', text: 'a\u0000b' }], threadId }),
    },
  ];
}

function ofTheStore(live: ReadonlyMap<string, TableFacts>): Map<string, TableFacts> {
  return new Map([...live].filter(([name]) => names.includes(name)));
}

function postgresTableFacts(table: pgCore.PgTable): TableFacts {
  const { columns, primaryKeys, foreignKeys, indexes } = pgCore.getTableConfig(table);
  const dialect = new pgCore.PgDialect();
  return {
    columns: columns.map(columnFacts),
    primaryKey: primaryKeys[0]?.columns.map(({ name }) => name) ?? singleKey(columns),
    foreignKeys: foreignKeys.map((key) => {
      const { columns: own, foreignColumns, foreignTable } = key.reference();
      return {
        columns: own.map(({ name }) => name),
        parent: pgCore.getTableConfig(foreignTable).name,
        parentColumns: foreignColumns.map(({ name }) => name),
        onDelete: key.onDelete ?? 'none',
      };
    }),
    indexes: indexes
      .map(({ config }) => ({
        name: config.name ?? '',
        columns: config.columns.map((column) => ('name' in column ? column.name! : '')),
        present: presentIn(config.where && dialect.sqlToQuery(config.where).sql),
      }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function sqliteTableFacts(table: sqliteCore.SQLiteTable): TableFacts {
  const { columns, primaryKeys, foreignKeys, indexes } = sqliteCore.getTableConfig(table);
  const dialect = new sqliteCore.SQLiteSyncDialect();
  return {
    columns: columns.map(columnFacts),
    primaryKey: primaryKeys[0]?.columns.map(({ name }) => name) ?? singleKey(columns),
    foreignKeys: foreignKeys.map((key) => {
      const { columns: own, foreignColumns, foreignTable } = key.reference();
      return {
        columns: own.map(({ name }) => name),
        parent: sqliteCore.getTableConfig(foreignTable).name,
        parentColumns: foreignColumns.map(({ name }) => name),
        onDelete: key.onDelete ?? 'none',
      };
    }),
    indexes: indexes
      .map(({ config }) => ({
        name: config.name,
        columns: config.columns.map((column) => ('name' in column ? column.name : '')),
        present: presentIn(config.where && dialect.sqlToQuery(config.where).sql),
      }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function columnFacts(
  column: pgCore.PgColumn | sqliteCore.SQLiteColumn,
): TableFacts['columns'][number] {
  return { name: column.name, type: column.getSQLType(), isRequired: column.notNull };
}

function singleKey(columns: readonly { name: string; primary: boolean }[]): string[] {
  return columns.filter(({ primary }) => primary).map(({ name }) => name);
}

test('Drizzle knows the tables as its own', () => {
  expect(is(postgres.items, pgCore.PgTable)).toBe(true);
  expect(is(sqlite.items, sqliteCore.SQLiteTable)).toBe(true);
  expect(Object.keys(getTableColumns(postgres.streams))).toEqual(
    Object.keys(getTableColumns(sqlite.streams)),
  );
});
