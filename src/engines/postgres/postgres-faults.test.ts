import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import type { Table } from '../../engine/engine.ts';
import { seededRandom } from '../../engine/fault/seeded-random.ts';
import { isEngineChosen } from '../../engine/testing/chosen-engines-for-testing.ts';
import { OpenEngine } from '../../engine/open-engine.ts';
import { ConflictError, SkeinError } from '../../shared/error.ts';
import { postgres } from './index.ts';
import {
  postgresUrlForTesting,
  schemaForTesting,
  type SchemaForTesting,
} from './testing/database-for-testing.ts';
import { proxyForTesting } from './testing/proxy-for-testing.ts';

const heads: Table = {
  name: 'heads',
  id: 1,
  columns: { id: { type: 'string' }, version: { type: 'int' } },
  key: ['id'],
  partition: 1,
  indexes: [],
};

const entries: Table = {
  name: 'entries',
  id: 2,
  columns: { headId: { type: 'string' }, version: { type: 'int' }, by: { type: 'string' } },
  key: ['headId', 'version'],
  partition: 1,
  indexes: [],
};

const tables = [heads, entries];
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);

async function terminateAll(database: SchemaForTesting): Promise<void> {
  await database.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
    [database.schema],
  );
}

/** Appends entries by compare-and-set; every answer is noted, so that it can be held against what is there. */
class Appender {
  readonly acknowledged: string[] = [];
  readonly refused: string[] = [];
  readonly unknown: string[] = [];
  readonly #engine: OpenEngine;
  readonly #name: string;

  constructor(engine: OpenEngine, name: string) {
    this.#engine = engine;
    this.#name = name;
  }

  async append(headId: string, count: number): Promise<void> {
    const version = Number((await this.#engine.get(heads, [headId]))?.version ?? 0);
    const by = `${this.#name} ${headId} ${count}`;
    const puts = [
      { table: heads, row: { id: headId, version: version + 1 } },
      { table: entries, row: { headId, version: version + 1, by } },
    ];
    const expects = [{ table: heads, key: [headId], version: version || ('absent' as const) }];
    try {
      await this.#engine.commit({ puts, expects });
      this.acknowledged.push(by);
    } catch (error) {
      if (error instanceof ConflictError) this.refused.push(by);
      else if (error instanceof SkeinError && error.code === 'unavailable') this.unknown.push(by);
      else throw error;
    }
  }
}

async function entriesIn(database: SchemaForTesting): Promise<string[]> {
  const rows = await database.query<{ by: string }>(
    `SELECT "by" FROM "${database.schema}".entries`,
  );
  return rows.map(({ by }) => by);
}

describe.runIf(isEngineChosen('postgres'))('when connections break', () => {
  test(
    `while commits run, every answer is right and nothing is written twice (SEED=${seed})`,
    { timeout: 60_000 },
    async () => {
      const random = seededRandom(seed);
      await using database = await schemaForTesting();
      await using proxy = await proxyForTesting(database.url);
      const connection = { application_name: database.schema };
      const config = { url: proxy.url, schema: database.schema, patienceMs: 20_000, connection };
      const engine = await OpenEngine.open(postgres(config), tables);
      const appenders = Array.from({ length: 8 }, (_, i) => new Appender(engine, `writer ${i}`));
      let isWriting = true;
      const breaking = (async () => {
        while (isWriting) {
          await new Promise((resolve) => setTimeout(resolve, 5 + random.below(40)));
          const how = random.below(3);
          if (how === 0) await terminateAll(database);
          else if (how === 1) proxy.cut();
          else {
            proxy.losesAnswers = true;
            await new Promise((resolve) => setTimeout(resolve, random.below(10)));
            proxy.losesAnswers = false;
          }
        }
      })();
      await Promise.all(
        appenders.map(async (appender, i) => {
          for (let count = 0; count < 60; count++)
            await appender.append(`head ${(i + count) % 5}`, count);
        }),
      );
      isWriting = false;
      await breaking;
      await engine.close();
      const all = (list: 'acknowledged' | 'unknown'): string[] =>
        appenders.flatMap((one) => one[list]);
      expect(all('unknown')).toEqual([]);
      expect((await entriesIn(database)).toSorted()).toEqual(all('acknowledged').toSorted());
      expect(all('acknowledged').length).toBeGreaterThan(50);
    },
  );

  test('for good, calls are answered unavailable, and the engine recovers by itself', async () => {
    await using database = await schemaForTesting();
    await using proxy = await proxyForTesting(database.url);
    const engine = await OpenEngine.open(
      postgres({ url: proxy.url, schema: database.schema, patienceMs: 200 }),
      tables,
    );
    const appender = new Appender(engine, 'writer');
    await appender.append('a', 1);
    proxy.losesAnswers = true;
    await expect(engine.get(heads, ['a'])).rejects.toMatchObject({ code: 'unavailable' });
    await expect(
      engine.commit({ puts: [{ table: heads, row: { id: 'b', version: 1 } }] }),
    ).rejects.toMatchObject({ code: 'unavailable' });
    proxy.losesAnswers = false;
    await appender.append('a', 2);
    expect(appender.acknowledged).toHaveLength(2);
    await engine.close();
  });

  test('a row that another transaction holds does not hold up the others', async () => {
    await using database = await schemaForTesting();
    const { schema, url } = database;
    const engine = await OpenEngine.open(postgres({ url, schema }), tables);
    const put = (id: string) =>
      engine.commit({ puts: [{ table: heads, row: { id, version: 1 } }] });
    await put('held');
    await database.query('BEGIN');
    await database.query(`SELECT FROM "${schema}".heads WHERE id = 'held' FOR UPDATE`);
    let isDone = false;
    const held = put('held').then(() => (isDone = true));
    for (let i = 0; i < 5; i++) await put(`free ${i}`);
    expect(isDone).toBe(false);
    await database.query('COMMIT');
    await held;
    await engine.close();
  });
});

describe.runIf(isEngineChosen('postgres'))('hints', () => {
  test('tell other processes of a commit, and come again after the connection broke', async () => {
    await using database = await schemaForTesting();
    const { schema, url } = database;
    const connection = { application_name: schema };
    const listener = await OpenEngine.open(postgres({ url, schema, connection }), tables);
    const writer = await OpenEngine.open(postgres({ url, schema }), tables);
    const hints: string[] = [];
    let wake = (): void => undefined;
    listener.listen((partition) => {
      hints.push(JSON.stringify(partition ?? 'any'));
      wake();
    });
    const next = (wanted: string): Promise<void> => {
      return new Promise((resolve) => {
        wake = () => hints.includes(wanted) && resolve();
        wake();
      });
    };
    const put = (by: OpenEngine, id: string) =>
      by.commit({ puts: [{ table: heads, row: { id, version: 1 } }] });
    await next('"any"');
    await put(listener, 'own');
    await put(writer, 'a');
    await put(writer, 'b');
    await next('["b"]');
    expect(hints).not.toContain('["own"]');
    hints.length = 0;
    await terminateAll(database);
    await next('"any"');
    await put(writer, 'c');
    await next('["c"]');
    await Promise.all([listener.close(), writer.close()]);
  });
});

describe.runIf(isEngineChosen('postgres'))('opening', () => {
  test('waits for the migrations of another server to end', async () => {
    await using database = await schemaForTesting();
    const { schema, url, query } = database;
    const lock = "hashtextextended('skein migrate ' || $1, 0)";
    await query(`SELECT pg_advisory_lock(${lock})`, [schema]);
    const opening = OpenEngine.open(postgres({ url, schema, patienceMs: 0 }), tables);
    // Longer than a statement waits for a lock elsewhere.
    const waited = await Promise.race([
      opening.then(() => false),
      new Promise((resolve) => setTimeout(() => resolve(true), 1500)),
    ]);
    await query(`SELECT pg_advisory_unlock(${lock})`, [schema]);
    await (await opening).close();
    expect(waited).toBe(true);
  });
});

describe.runIf(isEngineChosen('postgres'))('opening is refused with one sentence', () => {
  async function refusal(url: string, schema?: string): Promise<string> {
    const engine = postgres({ url, patienceMs: 500, ...(schema === undefined ? {} : { schema }) });
    const error: unknown = await OpenEngine.open(engine, tables).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(SkeinError);
    expect((error as SkeinError).code).toBe('unavailable');
    return (error as SkeinError).message;
  }

  test('for addresses that lead nowhere', async () => {
    expect(await refusal('what is this')).toMatch(/not of the form postgres:/);
    expect(await refusal('mysql://u:p@host/d')).toMatch(/not of the form postgres:/);
    expect(await refusal('postgres://u:hush@127.0.0.1:1/d')).toBe(
      'The PostgreSQL database 127.0.0.1:1/d cannot be reached: no server listens there.',
    );
    expect(await refusal('postgres://u:hush@no-such-host.invalid/d')).toMatch(/host name/);
  });

  test('for a wrong password, a missing database and missing rights', async () => {
    const url = await postgresUrlForTesting();
    const wrong = new URL(url);
    wrong.password = 'wrong';
    expect(await refusal(wrong.href)).toMatch(
      /refused the login: check the user and the password\.$/,
    );
    const missing = new URL(url);
    missing.pathname = '/missing';
    expect(await refusal(missing.href)).toMatch(/is not there: create it first\.$/);
    await using database = await schemaForTesting();
    const role = `role_${database.schema}`;
    await database.query(`CREATE ROLE "${role}" LOGIN PASSWORD 'secret'`);
    try {
      const poor = new URL(url);
      poor.username = role;
      poor.password = 'secret';
      expect(await refusal(poor.href, database.schema)).toMatch(/does not let this user do that/);
      await database.query(`CREATE SCHEMA "${database.schema}"`);
      await database.query(`GRANT USAGE ON SCHEMA "${database.schema}" TO "${role}"`);
      expect(await refusal(poor.href, database.schema)).toMatch(/does not let this user do that/);
      await database.query(`REVOKE ALL ON SCHEMA "${database.schema}" FROM "${role}"`);
    } finally {
      await database.query(`DROP ROLE "${role}"`);
    }
  });

  test('for another encoding than UTF-8', async () => {
    const url = await postgresUrlForTesting();
    const client = new Client(url);
    await client.connect();
    const name = `latin_${Date.now()}`;
    await client.query(`CREATE DATABASE ${name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`);
    try {
      const latin = new URL(url);
      latin.pathname = `/${name}`;
      expect(await refusal(latin.href)).toBe(
        'The database must have the encoding UTF8, not LATIN1.',
      );
    } finally {
      await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await client.end();
    }
  });
});
