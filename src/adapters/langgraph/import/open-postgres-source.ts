import { SkeinError } from '../../../shared/error.ts';
import { createTableReader, type CheckpointSource, type SourceRow } from './checkpoint-source.ts';
import { codeOf, loadPackage, mustHaveTables, sourceError } from './source-errors.ts';

interface PostgresSourceOptions {
  readonly url: string;
  /** The schema of the saver's tables. Default `public`. */
  readonly schema?: string;
}

const packages = ['@langchain/langgraph-checkpoint-postgres', 'pg'];
const connectTimeoutMs = 10_000;
const concurrency = 4;

/**
 * Opens a database that LangGraph's PostgreSQL saver has written, read-only. Throws `unavailable`.
 */
export async function openPostgresSource({
  url,
  schema = 'public',
}: PostgresSourceOptions): Promise<CheckpointSource> {
  const { Pool } = (await loadPackage(packages, () => import('pg'))).default;
  const { PostgresSaver } = await loadPackage(
    packages,
    () => import('@langchain/langgraph-checkpoint-postgres'),
  );
  const name = nameOf(url, schema);
  const pool = new Pool({
    connectionString: readOnly(url),
    max: concurrency,
    connectionTimeoutMillis: connectTimeoutMs,
  });
  // An idle connection ended; the next query gets another one, or the error.
  pool.on('error', () => {});
  const query = async (sql: string, parameters: readonly string[]): Promise<SourceRow[]> =>
    (await pool.query<SourceRow>(sql, [...parameters])).rows;
  try {
    const sql = 'SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = $1';
    const found = await query(sql, [schema]);
    mustHaveTables(
      name,
      ['checkpoints', 'checkpoint_blobs', 'checkpoint_writes'],
      new Set(found.map(({ tablename }) => String(tablename))),
    );
  } catch (error) {
    await pool.end();
    throw openError(error, name);
  }
  const saver = new PostgresSaver(pool, undefined, { schema });
  const quoted = `"${schema.replaceAll('"', '""')}"`;
  const tables = {
    checkpoints: `${quoted}.checkpoints`,
    writes: `${quoted}.checkpoint_writes`,
    valueColumn: 'blob',
    collation: 'COLLATE "C"',
  };
  return {
    saver,
    concurrency,
    ...createTableReader(query, tables, saver.serde),
    [Symbol.asyncDispose]: () => pool.end(),
  };
}

/** The address with a setting that makes the server refuse every change. */
function readOnly(address: string): string {
  const url = new URL(address);
  const options = url.searchParams.get('options') ?? '';
  url.searchParams.set('options', `${options} -c default_transaction_read_only=on`.trim());
  return url.href;
}

/** Without user and password. */
function nameOf(url: string, schema: string): string {
  const { host, pathname } = new URL(url);
  return `postgres://${host}${pathname} (schema ${schema})`;
}

function openError(error: unknown, name: string): unknown {
  if (error instanceof SkeinError) return error;
  switch (codeOf(error)) {
    case '28P01':
    case '28000':
      return sourceError(`${name} refused the login: check the user and the password.`, error);
    case '3D000':
      return sourceError(`${name} does not exist.`, error);
    case undefined:
      return sourceError(`${name} did not answer in time, or is not a PostgreSQL server.`, error);
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return sourceError(`${name} cannot be reached: ${codeOf(error)}.`, error);
    default:
      return sourceError(`${name} cannot be read: ${String(error)}`, error);
  }
}
