import pg from 'pg';
import { describe, expect } from 'vitest';
import { testOfEngine } from '../../../test/support/engine/chosen-engines-for-testing.ts';
import { parsePostgresConfig } from './postgres-config.ts';
import { PostgresConnections } from './postgres-connections.ts';
import type { PostgresOptions } from './postgres-driver.ts';
import { postgresUrlForTesting } from '../../../test/support/engines/postgres/database-for-testing.ts';

describe('the connections’ settings', () => {
  const test = testOfEngine('postgres');

  test('are the engine’s', async () => {
    expect(await settingsWith('', {})).toMatchObject({ enable_seqscan: 'off' });
  });

  test('have those of the address and of the driver’s options beside them, and never instead', async () => {
    const text = '-c work_mem=5MB -c enable_seqscan=on -c synchronous_commit=off';
    const query = `?options=${encodeURIComponent(text)}&application_name=mine`;
    expect(await settingsWith(query, { options: '-c statement_timeout=7000' })).toEqual({
      work_mem: '5MB',
      statement_timeout: '7s',
      application_name: 'mine',
      enable_seqscan: 'off',
      synchronous_commit: 'on',
    });
  });
});

const names = [
  'work_mem',
  'statement_timeout',
  'application_name',
  'enable_seqscan',
  'synchronous_commit',
];

async function settingsWith(
  query: string,
  connection: PostgresOptions,
): Promise<Record<string, unknown>> {
  const url = (await postgresUrlForTesting()) + query;
  const connections = new PostgresConnections(parsePostgresConfig({ url, connection }), pg);
  try {
    const settings: Record<string, unknown> = {};
    for (const name of names) {
      const [row] = await connections.ask(`SHOW ${name}`);
      settings[name] = row![0];
    }
    return settings;
  } finally {
    await connections.end();
  }
}
