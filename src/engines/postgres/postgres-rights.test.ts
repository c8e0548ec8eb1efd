import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isEngineChosen } from '../../../test/support/engine/chosen-engines-for-testing.ts';
import { OpenEngine } from '../../engine/open-engine.ts';
import { postgres } from './index.ts';
import { entries, heads } from '../../../test/support/engines/postgres/appender-for-testing.ts';
import {
  schemaForTesting,
  type SchemaForTesting,
} from '../../../test/support/engines/postgres/database-for-testing.ts';

const tables = [heads, entries];

/** Runs a task with the address of a role that has the rights listed in docs/databases.md. */
async function withRole(
  database: SchemaForTesting,
  task: (url: string, role: string) => Promise<void>,
): Promise<void> {
  const { url: ownUrl, schema, query } = database;
  await (await OpenEngine.open(postgres({ url: ownUrl, schema }), tables)).close();
  const role = `role_${randomBytes(4).toString('hex')}`;
  await query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
  try {
    await query(`GRANT USAGE ON SCHEMA ${schema} TO ${role}`);
    await query(
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${role}`,
    );
    const url = Object.assign(new URL(ownUrl), { username: role, password: 'secret' });
    await task(url.href, role);
  } finally {
    await query(`DROP OWNED BY ${role}`);
    await query(`DROP ROLE ${role}`);
  }
}

describe.runIf(isEngineChosen('postgres'))('opening with the rights of a role', () => {
  test('is refused when one is missing on one table, which it names', async () => {
    await using database = await schemaForTesting();
    const { schema, query } = database;
    await withRole(database, async (url, role) => {
      const open = () => OpenEngine.open(postgres({ url, schema }), tables);
      await (await open()).close();
      for (const [right, table] of [
        ['INSERT', 'entries'],
        ['UPDATE', 'heads'],
        ['DELETE', 'skein_lanes'],
        ['SELECT', 'entries'],
      ]) {
        await query(`REVOKE ${right} ON ${schema}.${table} FROM ${role}`);
        await expect(open()).rejects.toMatchObject({
          code: 'unavailable',
          message: expect.stringMatching(
            `does not give this user the right ${right} on the table ${table}: grant it\\.$`,
          ) as unknown,
        });
        await query(`GRANT ${right} ON ${schema}.${table} TO ${role}`);
      }
      await (await open()).close();
    });
  });

  test('is refused where nothing can be written, and holds no connection then', async () => {
    await using database = await schemaForTesting();
    const { url, schema, query } = database;
    await (await OpenEngine.open(postgres({ url, schema }), tables)).close();
    const connection = { options: '-c default_transaction_read_only=on', application_name: schema };
    await expect(
      OpenEngine.open(postgres({ url, schema, connection }), tables),
    ).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/is read-only: connect to the primary server/) as unknown,
    });
    const left = () => query('SELECT FROM pg_stat_activity WHERE application_name = $1', [schema]);
    await expect.poll(left).toEqual([]);
  });
});
