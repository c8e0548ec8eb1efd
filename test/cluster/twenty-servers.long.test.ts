import Database from 'better-sqlite3';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CliKitForTesting } from '../support/cli/cli-kit-for-testing.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { isEngineChosen } from '../support/engine/chosen-engines-for-testing.ts';
import { postgres } from '../../src/engines/postgres/index.ts';
import { schemaForTesting } from '../support/engines/postgres/database-for-testing.ts';
import { sqlite } from '../../src/engines/sqlite/index.ts';
import { createStore, type Store } from '../../src/store/index.ts';
import { times } from '../support/store/store-kit-for-testing.ts';

const openStores = fileURLToPath(new URL('../support/cluster/open-stores.ts', import.meta.url));
const processes = 4;
const storesEach = 5;

/** An empty database that several servers may open at the same time. */
interface SharedDatabase extends AsyncDisposable {
  createEngine(): Engine;
  /** Arguments for `open-stores.ts`. */
  readonly place: readonly string[];
  /** The address for the command line. */
  readonly address: string;
  /** Runs one statement directly on the database. `TABLE name` becomes the quoted name. */
  run(sql: string): Promise<Record<string, unknown>[]>;
}

const databases: Readonly<Record<string, () => Promise<SharedDatabase>>> = {
  async sqlite() {
    const folder = await mkdtemp(join(tmpdir(), 'skein-'));
    const path = join(folder, 'skein.db');
    return {
      createEngine: () => sqlite({ path }),
      place: ['sqlite', path],
      address: `sqlite:${path}`,
      run: (sql) => {
        const database = new Database(path);
        const statement = database.prepare(sql.replace('TABLE ', ''));
        const rows = statement.reader ? statement.all() : statement.run() && [];
        database.close();
        return Promise.resolve(rows as Record<string, unknown>[]); // rows are objects
      },
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    };
  },
  async postgres() {
    const { url, schema, query, [Symbol.asyncDispose]: drop } = await schemaForTesting();
    return {
      createEngine: () => postgres({ url, schema, connectionsMax: 2 }),
      place: ['postgres', url, schema],
      address: `${url}?schema=${schema}`,
      run: (sql) => query(sql.replace('TABLE ', `"${schema}".`)),
      [Symbol.asyncDispose]: drop,
    };
  },
};

for (const [engine, createDatabase] of Object.entries(databases)) {
  describe.runIf(isEngineChosen(engine))(`${engine}, an empty database`, () => {
    test('is one that several servers may share', async () => {
      await using database = await createDatabase();
      expect(database.createEngine().capabilities.shared).toBe(true);
    });

    test('is opened by twenty servers of one process at once, and migrated once', async () => {
      await using database = await createDatabase();
      const engines = times(20, () => database.createEngine());
      const stores = await Promise.all(engines.map((one) => createStore({ engine: one })));
      await Promise.all(stores.map((store) => use(store)));
      await Promise.all(stores.map((store) => store.close()));
      await expectMigratedOnce(database, createDatabase);
    });

    test(`is opened by ${storesEach} servers in each of ${processes} processes at once, and migrated once`, async () => {
      await using database = await createDatabase();
      const openers = times(processes, () => new Opener(database.place));
      await Promise.all(openers.map((opener) => opener.untilWaiting()));
      const outputs = await Promise.all(openers.map((opener) => opener.open()));
      expect(outputs).toEqual(times(processes, () => 'opened 1\n'.repeat(storesEach)));
      await expectMigratedOnce(database, createDatabase);
      const [row] = await database.run('SELECT count(*) AS count FROM TABLE threads');
      expect(Number(row?.count)).toBe(processes * storesEach);
    });

    test('is refused by an older program once a newer one has used it, and left unchanged', async () => {
      await using database = await createDatabase();
      const store = await createStore({ engine: database.createEngine() });
      await use(store);
      await store.close();
      const setFormat = (sql: string): Promise<unknown> =>
        database.run(`UPDATE TABLE skein_meta SET "value" = ${sql} WHERE "name" = 'format'`);
      await setFormat(`'999'`);
      const before = await migrationsIn(database);
      await expect(createStore({ engine: database.createEngine() })).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringMatching(/newer version of Skein.*999/),
      });
      await using kit = await CliKitForTesting.create();
      for (const command of [
        ['serve', '--port', '0'],
        ['serve', '--port', '0', '--migrate'],
      ]) {
        const { code, err } = await kit.run([...command, '--database', database.address]);
        expect([code, err]).toEqual([
          1,
          expect.stringMatching(/^error: .*newer version of Skein/m),
        ]);
      }
      expect(await migrationsIn(database)).toEqual(before);
    });
  });
}

async function use(store: Store): Promise<void> {
  await store.checkReady();
  const project = store.project('default').as({ userId: 'u' });
  const [thread] = await project.threads.create([{ items: [{ role: 'user', text: 'hi' }] }]);
  expect(thread?.itemCount).toBe(1);
}

/** The log equals that of a database that a single server opened. */
async function expectMigratedOnce(
  database: SharedDatabase,
  createDatabase: () => Promise<SharedDatabase>,
): Promise<void> {
  await using other = await createDatabase();
  await (await createStore({ engine: other.createEngine() })).close();
  const migrations = await migrationsIn(database);
  expect(migrations).toEqual(await migrationsIn(other));
  expect(migrations.map(([number]) => number)).toEqual(times(migrations.length, (i) => i + 1));
}

async function migrationsIn(database: SharedDatabase): Promise<(readonly [number, unknown])[]> {
  const rows = await database.run(
    'SELECT "number", "name" FROM TABLE skein_migrations ORDER BY "number"',
  );
  return rows.map(({ number, name }) => [Number(number), name]);
}

/** A process of `open-stores.ts`. */
class Opener {
  readonly #child: ChildProcess;
  #out = '';

  constructor(place: readonly string[]) {
    this.#child = spawn(process.execPath, [openStores, String(storesEach), ...place], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.#out += text));
  }

  async untilWaiting(): Promise<void> {
    while (this.#out !== 'waiting\n') await once(this.#child.stdout!, 'data');
  }

  /** Lets it open, and returns what it prints from then on. */
  async open(): Promise<string> {
    this.#child.stdin!.write('\n');
    const [code] = await once(this.#child, 'close');
    expect(code).toBe(0);
    return this.#out.slice('waiting\n'.length);
  }
}
