import { Client } from 'pg';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { seededRandom } from '../../engine/fault/seeded-random.ts';
import { isEngineChosen } from '../../../test/support/engine/chosen-engines-for-testing.ts';
import { OpenEngine } from '../../engine/open-engine.ts';
import { SkeinError } from '../../shared/error.ts';
import { postgres } from './index.ts';
import {
  AppenderForTesting,
  entries,
  entriesIn,
  heads,
} from '../../../test/support/engines/postgres/appender-for-testing.ts';
import {
  postgresUrlForTesting,
  schemaForTesting,
  type SchemaForTesting,
} from '../../../test/support/engines/postgres/database-for-testing.ts';
import { proxyForTesting } from '../../../test/support/engines/postgres/proxy-for-testing.ts';
import { pauseAtRandom, until } from '../../../test/support/shared/waits-for-testing.ts';
import { someTurns } from '../../../test/support/shared/turns-for-testing.ts';

const tables = [heads, entries];
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);

async function terminateAll(database: SchemaForTesting): Promise<void> {
  await database.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
    [database.schema],
  );
}

/** How many connections of an engine, which is named after its schema, wait for a lock. */
async function waitingForLocks({ query, schema }: SchemaForTesting): Promise<number> {
  await query('SELECT pg_stat_clear_snapshot()'); // a transaction would see the same each time
  const [row] = await query<{ count: number }>(
    'SELECT count(*)::int AS count FROM pg_stat_activity ' +
      "WHERE application_name = $1 AND wait_event_type = 'Lock'",
    [schema],
  );
  return row!.count;
}

describe.runIf(isEngineChosen('postgres'))('when connections break', () => {
  test(`while commits run, every answer is right and nothing is written twice (SEED=${seed})`, async () => {
    const random = seededRandom(seed);
    await using database = await schemaForTesting();
    await using proxy = await proxyForTesting(database.url);
    const connection = { application_name: database.schema };
    const config = { url: proxy.url, schema: database.schema, patienceMs: 600_000, connection };
    const engine = await OpenEngine.open(postgres(config), tables);
    const appenders = Array.from(
      { length: 8 },
      (_, i) => new AppenderForTesting(engine, `writer ${i}`),
    );
    const answered = (): number =>
      appenders.reduce((sum, one) => sum + one.acknowledged.length + one.refused.length, 0);
    let isWriting = true;
    const breaking = (async () => {
      while (isWriting) {
        // So that commits get through between two of them.
        const enough = answered() + 1 + random.below(8);
        await until(() => answered() >= enough || !isWriting);
        const how = random.below(3);
        if (how === 0) await terminateAll(database);
        else if (how === 1) proxy.cut();
        else {
          proxy.losesAnswers = true;
          await pauseAtRandom(random, 10);
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
  });

  test('for good, calls are answered unavailable, and the engine recovers by itself', async () => {
    await using database = await schemaForTesting();
    await using proxy = await proxyForTesting(database.url);
    const engine = await OpenEngine.open(
      postgres({ url: proxy.url, schema: database.schema, patienceMs: 200 }),
      tables,
    );
    const appender = new AppenderForTesting(engine, 'writer');
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
    const engine = await OpenEngine.open(postgres({ url, schema, patienceMs: 600_000 }), tables);
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

describe.runIf(isEngineChosen('postgres'))('when somebody holds some rows', () => {
  test('commits that came with theirs pass them, and theirs wait', async () => {
    await using database = await schemaForTesting();
    const { schema, url } = database;
    const engine = await OpenEngine.open(postgres({ url, schema, patienceMs: 600_000 }), tables);
    const put = (i: number, version: number) =>
      engine.commit({ puts: [{ table: heads, row: { id: `head ${i}`, version } }] });
    const all = Array.from({ length: 60 }, (_, i) => i);
    const isHeld = (i: number): boolean => i < 6;
    await Promise.all(all.map((i) => put(i, 1)));
    await database.query('BEGIN');
    const held = all.filter(isHeld).map((i) => `'head ${i}'`);
    await database.query(`SELECT FROM "${schema}".heads WHERE id IN (${held.join()}) FOR UPDATE`);
    let done = 0;
    const writing = all.map((i) => put(i, 2).then(() => done++));
    await Promise.all(writing.filter((_, i) => !isHeld(i)));
    expect(done).toBe(54);
    await database.query('COMMIT');
    await Promise.all(writing);
    const rows = await engine.scan({ table: heads, prefix: [], maintenance: true, limit: 100 });
    expect(rows.every(({ version }) => version === 2)).toBe(true);
    await engine.close();
  });
});

describe.runIf(isEngineChosen('postgres'))('when somebody holds a whole table', () => {
  test('writes wait over few connections, and reads continue', async () => {
    await using database = await schemaForTesting();
    const { schema, url } = database;
    const connection = { application_name: schema };
    const config = { url, schema, connection, patienceMs: 600_000 };
    const engine = await OpenEngine.open(postgres(config), tables);
    const puts = Array.from({ length: 60 }, (_, i) => [
      { table: heads, row: { id: `head ${i}`, version: 1 } },
    ]);
    await database.query('BEGIN');
    await database.query(`LOCK TABLE "${schema}".heads IN SHARE MODE`);
    const writing = Promise.all(puts.map((rows) => engine.commit({ puts: rows })));
    let isReading = true;
    let reads = 0;
    const reading = (async () => {
      for (; isReading; reads++) await engine.get(heads, ['head 1']);
    })();
    let waitingMax = 0;
    const countWaiting = async (): Promise<number> => {
      waitingMax = Math.max(waitingMax, await waitingForLocks(database));
      return waitingMax;
    };
    await expect.poll(countWaiting).toBeGreaterThan(0);
    // While the table is held, reads come to their end, and no more writes wait than before.
    const before = reads;
    for (let i = 0; i < 20; i++) await countWaiting();
    await expect.poll(() => reads).toBeGreaterThan(before + 50);
    await countWaiting();
    await database.query('COMMIT');
    await writing;
    isReading = false;
    await reading;
    expect(waitingMax).toBeLessThanOrEqual(4);
    expect(
      await engine.scan({ table: heads, prefix: [], maintenance: true, limit: 100 }),
    ).toHaveLength(60);
    await engine.close();
  });

  test('a call that finds no free connection says so', async () => {
    await using database = await schemaForTesting();
    const { schema, url } = database;
    const connection = { connectionTimeoutMillis: 60_000, application_name: schema };
    const config = { url, schema, connectionsMax: 2, patienceMs: 0, connection };
    const engine = await OpenEngine.open(postgres(config), tables);
    await database.query('BEGIN');
    await database.query(`LOCK TABLE "${schema}".heads IN ACCESS EXCLUSIVE MODE`);
    const scan = (table: typeof heads) =>
      engine.scan({ table, prefix: [], maintenance: true, limit: 1 });
    const held = Promise.allSettled([scan(heads), scan(heads)]);
    await until(async () => (await waitingForLocks(database)) === 2);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const refused = scan(entries).catch((error: unknown) => error);
    await someTurns(); // it waits for a connection
    vi.advanceTimersByTime(60_000);
    expect(await refused).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/cannot be queried: all connections are busy\.$/) as unknown,
    });
    vi.useRealTimers();
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
    const connection = { application_name: schema };
    const config = { url, schema, patienceMs: 0, connection };
    const opening = OpenEngine.open(postgres(config), tables);
    // By the clock of the database, it waits for longer than other statements wait for a lock.
    const isWaiting = async (): Promise<boolean> => {
      const found = await query(
        "SELECT FROM pg_stat_activity WHERE application_name = $1 AND wait_event = 'advisory' " +
          "AND query_start < clock_timestamp() - interval '1500 milliseconds'",
        [schema],
      );
      return found.length > 0;
    };
    await Promise.race([until(isWaiting), opening.then(() => expect.unreachable('It is locked.'))]);
    await query(`SELECT pg_advisory_unlock(${lock})`, [schema]);
    await (await opening).close();
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
    expect(await refusal(missing.href)).toMatch(/does not exist: create it first\.$/);
    await using database = await schemaForTesting();
    const role = `role_${database.schema}`;
    await database.query(`CREATE ROLE "${role}" LOGIN PASSWORD 'secret'`);
    try {
      const poor = new URL(url);
      poor.username = role;
      poor.password = 'secret';
      expect(await refusal(poor.href, database.schema)).toMatch(
        /refuses this user: grant the right/,
      );
      await database.query(`CREATE SCHEMA "${database.schema}"`);
      await database.query(`GRANT USAGE ON SCHEMA "${database.schema}" TO "${role}"`);
      expect(await refusal(poor.href, database.schema)).toMatch(
        /refuses this user: grant the right/,
      );
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
