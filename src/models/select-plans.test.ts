import Sqlite from 'better-sqlite3';
import { eq } from 'drizzle-orm';
import { drizzle as drizzleSqlite } from 'drizzle-orm/better-sqlite3';
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { expect } from 'vitest';
import { postgres as postgresEngine } from '../engines/postgres/postgres-engine.ts';
import { schemaForTesting } from '../../test/support/engines/postgres/database-for-testing.ts';
import { sqlite as sqliteEngine } from '../engines/sqlite/sqlite-engine.ts';
import { createStore } from '../store/create-store.ts';
import { times } from '../../test/support/store/store-kit-for-testing.ts';
import { postgresIn, type PostgresTables } from '../database/postgres-tables.ts';
import { sqlite as sqliteTables } from '../database/sqlite-tables.ts';
import { createDatabase, type Database } from './database.ts';
import { insertItems, selectItems } from './items.ts';
import { insertThreads, selectThreads } from './threads.ts';
import { testOfEngine } from '../../test/support/engine/chosen-engines-for-testing.ts';

interface Asked {
  readonly sql: string;
  readonly params: unknown[];
}

/** The selects of a page of a thread, of a run and of a scope, each after a given row. */
async function askForPages(db: Database, tables: PostgresTables, asked: Asked[]): Promise<Asked[]> {
  const rows = times(50, (i) => ({ ownerId: 'u1', scopeType: 't', scopeId: `s${i % 10}` }));
  const [thread, ...others] = await insertThreads(db, rows);
  const text = { role: 'user', text: 'x', runId: 'r' } as const;
  const items = await insertItems(
    db,
    times(600, () => ({ ...text, threadId: thread!.id })),
  );
  await insertItems(
    db,
    others.flatMap(({ id }) => times(20, () => ({ ...text, threadId: id }))),
  );
  const inThread = eq(tables.items.threadId, thread!.id);
  const after = items[300]!;
  asked.length = 0;
  await selectItems(db, [inThread], { limit: 5, order: 'desc', after });
  await selectItems(db, [inThread, eq(tables.items.runId, 'r')], { limit: 5, after });
  const { threads } = tables;
  const scope = [
    eq(threads.projectId, 'default'),
    eq(threads.scopeType, 't'),
    eq(threads.scopeId, 's0'),
    eq(threads.archived, false),
  ];
  const byRecency = { orderBy: ['listedAt'], order: 'desc', limit: 2 } as const;
  const [, last] = await selectThreads(db, scope, byRecency);
  await selectThreads(db, scope, { ...byRecency, after: last! });
  return asked.toSpliced(2, 1); // the first page of the scope
}

testOfEngine('sqlite')('pages are ranges of an index on SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'skein-'));
  const path = join(folder, 'skein.db');
  try {
    await using store = await createStore({ engine: sqliteEngine({ path }) });
    const file = new Sqlite(path);
    const asked: Asked[] = [];
    const logger = {
      logQuery: (sql: string, params: unknown[]) => void asked.push({ sql, params }),
    };
    const db = createDatabase({ store, drizzle: drizzleSqlite(file, { logger }) });
    const tables = sqliteTables as unknown as PostgresTables; // the same names and values
    const plans = (await askForPages(db, tables, asked)).map(({ sql, params }) => {
      const steps = file
        .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
        .all(params);
      return steps.map(({ detail }) => detail).join('\n');
    });
    file.close();
    expect(plans[0]).toMatch(/SEARCH items USING INDEX \w+ \(threadId=\? AND id<\?\)/);
    expect(plans[1]).toMatch(
      /SEARCH items USING INDEX items_byRun \(threadId=\? AND runId=\? AND id>\?\)/,
    );
    expect(plans[2]).toMatch(/threads_byScope \(.*archived=\? .*AND \(listedAt,id\)<\(\?,\?\)\)/);
    expect(plans.join('\n')).not.toMatch(/TEMP B-TREE|SCAN/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

testOfEngine('postgres')('pages are ranges of an index on PostgreSQL', async () => {
  await using database = await schemaForTesting();
  const { url, schema } = database;
  await using store = await createStore({ engine: postgresEngine({ url, schema }) });
  const client = new Client(url);
  await client.connect();
  try {
    const asked: Asked[] = [];
    const logger = {
      logQuery: (sql: string, params: unknown[]) => void asked.push({ sql, params }),
    };
    const drizzle = drizzlePostgres(client, { logger });
    const tables = postgresIn(schema);
    const pages = await askForPages(createDatabase({ store, drizzle, tables }), tables, asked);
    // PostgreSQL would scan tables this small. What matters is what the indexes can do.
    await client.query(`ANALYZE "${schema}".items, "${schema}".threads`);
    await client.query('SET enable_seqscan = off');
    await client.query('SET enable_bitmapscan = off');
    const plans: string[] = [];
    for (const { sql, params } of pages) {
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`, params);
      plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
    }
    expect(plans[0]).toMatch(/Index Scan Backward using items_pkey[^]*AND \(id < /);
    expect(plans[1]).toMatch(/Index Scan using "?items_\w+"? on items[^]*AND \(id > /);
    expect(plans[2]).toMatch(
      /Index Scan Backward using "threads_byScope"[^]*ROW\("listedAt", id\) < ROW/,
    );
    expect(plans.join('\n')).not.toMatch(/Sort|Seq Scan/);
  } finally {
    await client.end();
  }
});
