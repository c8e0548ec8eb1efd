import Database from 'better-sqlite3';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isEngineChosen } from '../../test/support/engine/chosen-engines-for-testing.ts';
import {
  schemaForTesting,
  type SchemaForTesting,
} from '../../test/support/engines/postgres/database-for-testing.ts';
import { CliKitForTesting } from '../../test/support/cli/cli-kit-for-testing.ts';

// The tests start processes, each with a database, which takes long on a busy machine.

let kit: CliKitForTesting;

beforeEach(async () => {
  kit = await CliKitForTesting.create();
});

afterEach(() => kit[Symbol.asyncDispose]());

/** Every command reports a database that it cannot use in the same words, without the password. */
async function expectRefusal(database: string, message: RegExp): Promise<void> {
  const commands = [
    ['threads'],
    ['serve', '--port', '0', '--log-level', 'silent'],
    ['serve', '--port', '0', '--log-level', 'silent', '--migrate'],
    ['migrate'],
    ['migrate', '--check'],
    ['doctor'],
  ];
  for (const command of commands) {
    const { code, out, err } = await kit.run([...command, '--database', database]);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/hush|\n\s+at /);
    expect(err.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
    expect(out).toBe('');
    expect(code).toBe(1);
  }
}

describe.runIf(isEngineChosen('sqlite'))('a SQLite file', () => {
  const fileOf = (name: string): string => join(kit.folder, name);
  const addressOf = (name: string): string => `sqlite:${fileOf(name)}`;

  test('serves every command', async () => {
    const database = ['--database', addressOf('skein.db')];
    const server = await kit.serve(database);
    expect(server.out).toContain('skein.db at http');
    const answer = await fetch(`${server.url}/v1/threads`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"id": "t", "items": [{"role": "user", "text": "Hi"}]}',
    });
    expect(answer.status).toBe(201);
    // The file may be open more than once.
    expect(await kit.json(['threads', ...database])).toMatchObject([{ id: 't', itemCount: 1 }]);
    expect(await kit.json(['keys', 'create', 'backend', ...database])).toHaveLength(1);
    expect(await server.stop('SIGTERM')).toBe(0);
    expect((await kit.run(['doctor', ...database])).out).toMatch(/1 thread.*no problems/);
    expect((await kit.run(['doctor', '--compact', ...database])).out).toMatch(/\nCompacted: /);
    expect(await kit.json(['doctor', '--compact', ...database])).toMatchObject([
      { problems: [], compacted: true },
    ]);
    expect(existsSync(fileOf('server.json'))).toBe(false);
  });

  test('is named by the environment, too; what is on the command line wins', async () => {
    const env = { SKEIN_DATABASE: addressOf('skein.db') };
    expect(await kit.start(['migrate', '--help'], env).exit()).toBe(0);
    const named = kit.start(['keys', 'create', 'x', '--database', addressOf('other.db')], env);
    expect(await named.exit()).toBe(0);
    expect([existsSync(fileOf('skein.db')), existsSync(fileOf('other.db'))]).toEqual([false, true]);
    const data = kit.start(['keys', 'create', 'x', '--data', kit.data], env);
    expect(await data.exit()).toBe(0);
    expect([existsSync(fileOf('skein.db')), existsSync(kit.data)]).toEqual([false, true]);
  });

  test('is only made by commands that write', async () => {
    const { code, err } = await kit.run(['threads', '--database', addressOf('missing.db')]);
    expect([code, err]).toEqual([1, expect.stringMatching(/There is no store in .*missing\.db/)]);
    expect(existsSync(fileOf('missing.db'))).toBe(false);
  });

  test('of another program stays as it is', async () => {
    const other = new Database(fileOf('other.db'));
    other.exec('CREATE TABLE threads (id); CREATE TABLE other (id)');
    other.close();
    const before = readFileSync(fileOf('other.db'));
    await expectRefusal(addressOf('other.db'), /something named threads that is not Skein's/);
    expect(readFileSync(fileOf('other.db')).equals(before)).toBe(true);
  });

  test('that is none, or may not be opened, is reported', async () => {
    await writeFile(fileOf('text.db'), 'This is a text, and not a database at all.'.repeat(100));
    await expectRefusal(addressOf('text.db'), /is not a SQLite database/);
    await mkdir(fileOf('folder.db'));
    await expectRefusal(addressOf('folder.db'), /cannot be opened: it is a directory/);
    const { code, err } = await kit.run(['serve', '--database', addressOf('missing/skein.db')]);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/The directory .*missing.* does not exist/),
    ]);
  });

  test('of an older version waits for its migration; a newer one for a newer program', async () => {
    const address = addressOf('skein.db');
    expect((await kit.run(['migrate', '--database', address])).code).toBe(0);
    forgetRuns(fileOf('skein.db'));
    for (const command of [['threads'], ['doctor'], ['serve', '--port', '0']]) {
      const { code, err } = await kit.run([...command, '--database', address]);
      expect(err).toMatch(/older version of Skein: 1 migration is pending\.\n.*skein migrate/);
      expect(code).toBe(1);
    }
    const check = await kit.run(['migrate', '--check', '--database', address]);
    expect(check).toMatchObject({ code: 1, out: expect.stringMatching(/^\d+ {2}create runs\n$/) });
    const server = await kit.serve(['--database', address, '--migrate']);
    expect(await server.stop('SIGTERM')).toBe(0);
    expect(await kit.json(['migrate', '--check', '--database', address])).toEqual([
      { pending: [] },
    ]);
    const database = new Database(fileOf('skein.db'));
    database.exec(`UPDATE skein_meta SET "value" = '99' WHERE "name" = 'format'`);
    database.close();
    await expectRefusal(address, /made by a newer version of Skein.*Update this program/);
  });
});

/** Turns a database into one of a version that had no runs. */
function forgetRuns(path: string): void {
  const database = new Database(path);
  database.exec(`DROP TABLE runs; DELETE FROM skein_meta WHERE "name" = 'table:runs'`);
  database.close();
}

describe('skein migrate', () => {
  test.runIf(isEngineChosen('sqlite'))('makes tables, and says what it did', async () => {
    const database = ['--database', `sqlite:${join(kit.folder, 'skein.db')}`];
    const first = await kit.run(['migrate', ...database]);
    expect(first.out).toMatch(
      /^ 1 {2}the marker .*\n( *\d+ {2}create \S+\n)+.* \d+ migrations applied\.\n$/,
    );
    expect((await kit.run(['migrate', ...database])).out).toMatch(/^.* is up to date\.\n$/);
    expect(await kit.json(['migrate', ...database])).toEqual([{ applied: [] }]);
    expect((await kit.run(['migrate', '--check', ...database])).code).toBe(0);
  });

  test('has nothing to do in a directory', async () => {
    expect((await kit.run(['migrate'])).err).toMatch(/There is no store in/);
    await kit.run(['keys', 'create', 'x']);
    expect(await kit.run(['migrate'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('up to date'),
    });
    expect((await kit.run(['migrate', '--check'])).out).toMatch(/up to date/);
  });
});

describe.runIf(isEngineChosen('postgres'))('a PostgreSQL database', () => {
  let schema: SchemaForTesting;

  beforeEach(async () => {
    schema = await schemaForTesting();
  });

  afterEach(() => schema[Symbol.asyncDispose]());

  /** The address with some of its parts changed. */
  function addressOf(
    change: { username?: string; password?: string; pathname?: string } = {},
  ): string {
    const url = Object.assign(new URL(schema.url), change);
    url.searchParams.set('schema', schema.schema);
    url.searchParams.set('connections', '2');
    return url.href;
  }

  async function countTables(): Promise<number> {
    const rows = await schema.query('SELECT 1 FROM pg_tables WHERE schemaname = $1', [
      schema.schema,
    ]);
    return rows.length;
  }

  /** A role that may log in and nothing else. */
  async function createRole(): Promise<{
    username: string;
    password: string;
    drop: () => Promise<unknown>;
  }> {
    const username = `role_${randomBytes(4).toString('hex')}`;
    await schema.query(`CREATE ROLE ${username} LOGIN PASSWORD 'hush'`);
    const drop = async (): Promise<unknown> => {
      await schema.query(`DROP OWNED BY ${username}`);
      return schema.query(`DROP ROLE ${username}`);
    };
    return { username, password: 'hush', drop };
  }

  test('serves every command, without a word of its password', async () => {
    const database = ['--database', addressOf()];
    const empty = await kit.run(['threads', ...database]);
    expect([empty.code, empty.err]).toEqual([1, expect.stringContaining('There is no store in')]);
    expect(await countTables()).toBe(0);
    const server = await kit.serve(database);
    expect(server.out).toContain(`(schema ${schema.schema})`);
    expect(server.out + server.err + empty.err).not.toMatch(/secret|skein:/);
    const key = await kit.json<{ name: string }>(['keys', 'create', 'backend', ...database]);
    expect(key).toMatchObject([{ name: 'backend' }]);
    expect(await server.stop('SIGTERM')).toBe(0);
    expect((await kit.run(['doctor', ...database])).out).toMatch(/no problems/);
    expect((await kit.run(['migrate', ...database])).out).toMatch(/up to date\.\n$/);
  });

  test('that cannot be reached, or refuses, is reported', async () => {
    await expectRefusal('postgres://u:hush@127.0.0.1:1/d', /127\.0\.0\.1:1\/d cannot be reached/);
    await expectRefusal('postgres://u:hush@host.invalid/d', /cannot be reached: its host/);
    await expectRefusal(
      addressOf({ password: 'hush' }),
      /refused the login: check the user and the password/,
    );
    await expectRefusal(
      addressOf({ pathname: '/nowhere' }),
      /nowhere does not exist: create it first/,
    );
    const other = await answerNonsense();
    const { port } = other.address() as AddressInfo; // the address of a TCP socket
    await expectRefusal(
      `postgres://u:hush@127.0.0.1:${port}/d`,
      /cannot be reached|could not be used/,
    );
    other.close();
  });

  test('in which rights are missing is reported, and nothing is created', async () => {
    const role = await createRole();
    try {
      const address = addressOf(role);
      // First without the right to create the schema, then tables in it, then to read them.
      const missing = /refuses this user: grant the right to create and use tables/;
      const serve = ['serve', '--port', '0', '--log-level', 'silent', '--database', address];
      expect(await kit.run(serve)).toMatchObject({ code: 1, err: expect.stringMatching(missing) });
      await schema.query(`CREATE SCHEMA ${schema.schema}`);
      await schema.query(`GRANT USAGE ON SCHEMA ${schema.schema} TO ${role.username}`);
      expect(await kit.run(serve)).toMatchObject({ code: 1, err: expect.stringMatching(missing) });
      expect(await countTables()).toBe(0);
      expect((await kit.run(['migrate', '--database', addressOf()])).code).toBe(0);
      await expectRefusal(address, missing);
      // The rights listed in docs/databases.md are sufficient.
      await schema.query(
        `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema.schema} TO ${role.username}`,
      );
      const created = await kit.run(['keys', 'create', 'backend', '--database', address]);
      expect(created.code).toBe(0);
      expect((await kit.run(['doctor', '--database', address])).code).toBe(0);
      await schema.query(`REVOKE INSERT ON ${schema.schema}.items FROM ${role.username}`);
      await expectRefusal(address, /does not give this user the right INSERT on the table items/);
    } finally {
      await role.drop();
    }
  });

  test('of another program, or of a newer version, stays as it is', async () => {
    await schema.query(`CREATE SCHEMA ${schema.schema}`);
    await schema.query(`CREATE TABLE ${schema.schema}.items (id int)`);
    await expectRefusal(addressOf(), /something named items that is not Skein's/);
    expect(await countTables()).toBe(1);
    await schema.query(`DROP TABLE ${schema.schema}.items`);
    await kit.run(['migrate', '--database', addressOf()]);
    await schema.query(`DROP TABLE ${schema.schema}.runs`);
    await schema.query(`DELETE FROM ${schema.schema}.skein_meta WHERE name = 'table:runs'`);
    const before = await countTables();
    const serve = await kit.run(['serve', '--port', '0', '--database', addressOf()]);
    expect(serve.err).toMatch(/older version of Skein: 1 migration is pending/);
    expect([serve.code, await countTables()]).toEqual([1, before]);
    const migrated = await kit.json(['migrate', '--database', addressOf()]);
    expect(migrated).toMatchObject([{ applied: [{ name: 'create runs' }] }]);
    await schema.query(`UPDATE ${schema.schema}.skein_meta SET value = '99' WHERE name = 'format'`);
    await expectRefusal(addressOf(), /newer version of Skein.*Update this program/);
  });
});

/** A server that is not PostgreSQL. */
async function answerNonsense(): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
