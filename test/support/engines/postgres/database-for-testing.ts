import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { Client, type QueryResultRow } from 'pg';
import { inject } from 'vitest';

let asked: Promise<string> | undefined;

/** The address of the test run's PostgreSQL server, which the first call starts. */
export function postgresUrlForTesting(): Promise<string> {
  asked ??= ask(inject('postgresPort'));
  return asked;
}

function ask(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.once('error', reject);
    socket.once('end', () => {
      if (text.startsWith('postgres:')) resolve(text);
      else reject(new Error(text));
    });
  });
}

/** A schema for one test, with a connection that bypasses the engine. */
export interface SchemaForTesting extends AsyncDisposable {
  readonly url: string;
  readonly schema: string;
  readonly query: <T extends QueryResultRow>(text: string, values?: unknown[]) => Promise<T[]>;
}

/** The engine creates the schema. It is dropped in the end. */
export async function schemaForTesting(): Promise<SchemaForTesting> {
  const url = await postgresUrlForTesting();
  const schema = `test_${randomBytes(6).toString('hex')}`;
  let client: Promise<Client> | undefined;
  const query = async <T extends QueryResultRow>(
    text: string,
    values?: unknown[],
  ): Promise<T[]> => {
    client ??= connectTo(url);
    return (await (await client).query<T>(text, values)).rows;
  };
  return {
    url,
    schema,
    query,
    [Symbol.asyncDispose]: async () => {
      await query('SET client_min_messages = warning');
      await query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
      await (await client)?.end();
    },
  };
}

async function connectTo(url: string): Promise<Client> {
  const client = new Client(url);
  await client.connect();
  return client;
}
