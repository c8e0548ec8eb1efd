import { SkeinError } from '../../shared/error.ts';
import { migrate, type MigrationHost, type OwnTable } from '../sql/migrate.ts';
import { quote, type SqlDialect } from '../sql/sql-dialect.ts';
import type { SqlTable } from '../sql/sql-table.ts';
import type { ParsedPostgresConfig } from './postgres-config.ts';
import {
  loadDriver,
  PostgresConnections,
  type Connection,
  type StatementOptions,
} from './postgres-connections.ts';
import { toEngineError, verdictOf } from './postgres-errors.ts';
import { laneTable, sweepLanes } from './postgres-lane.ts';
import { arrayLiteral } from './array-literal.ts';

/** Connects and migrates the schema to the declared tables. Holds nothing after a failure. */
export async function openPostgres(
  config: ParsedPostgresConfig,
  dialect: SqlDialect,
  tables: readonly SqlTable[],
): Promise<PostgresConnections> {
  const connections = new PostgresConnections(config, config.driver ?? (await loadDriver()));
  try {
    await prepare(connections, config, dialect, tables);
    await sweepLanes(connections, dialect.tableName(laneTable.name));
    return connections;
  } catch (error) {
    await connections.end();
    throw toEngineError(error, connections.where);
  }
}

/**
 * Waits for a server that is starting; a server that is missing, or refuses, is an error at once.
 */
async function prepare(
  connections: PostgresConnections,
  { schema, migration }: ParsedPostgresConfig,
  dialect: SqlDialect,
  tables: readonly SqlTable[],
): Promise<void> {
  const patience = connections.startPatience();
  for (;;) {
    try {
      await connections.recognizePooler();
      await connections.use(async (connection) => {
        await checkServer(connection);
        await migrate(hostOf(connection, schema, dialect), tables, migration);
        await checkRights(connection, connections.where, [
          ...tables.map(({ table, name }) => ({ name: table.name, quoted: name })),
          { name: laneTable.name, quoted: dialect.tableName(laneTable.name) },
        ]);
      });
      return;
    } catch (error) {
      const isTransient = hasServer(error) && ['lost', 'again', 'held'].includes(verdictOf(error));
      if (!isTransient || !(await patience.pause())) throw error;
    }
  }
}

function hasServer(error: unknown): boolean {
  return error instanceof Error && 'severity' in error;
}

const versionMin = 14;

async function checkServer(connection: Connection): Promise<void> {
  const [row] = await connection.run(
    "SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding')",
  );
  const [version, encoding] = row ?? [];
  if (Number(version) < versionMin) {
    throw new SkeinError(
      'unavailable',
      `Skein needs PostgreSQL ${versionMin} or newer; the server has version ${Number(version)}.`,
    );
  }
  if (encoding !== 'UTF8') {
    throw new SkeinError(
      'unavailable',
      `The database must have the encoding UTF8, not ${String(encoding)}.`,
    );
  }
}

/** The longest wait for the migrations of another server. */
const migrationMsMax = 600_000;

function hostOf(connection: Connection, schema: string, dialect: SqlDialect): MigrationHost {
  let options: StatementOptions = {};
  const run: Connection['run'] = (text, values) => connection.run(text, values, options);
  return {
    dialect,
    ownTables: [laneTable satisfies OwnTable],
    run,
    names: async () => {
      const rows = await run(
        'SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1',
        [schema],
      );
      return new Set(rows.map(([name]) => String(name)));
    },
    transact: async (task) => {
      // From here on every statement may wait for other servers, or have much to do.
      options = { mayTakeLong: true };
      // If the task fails, the connection is closed and the server rolls the transaction back.
      await run('BEGIN');
      // Another server's migrations may take longer than the usual lock timeout; wait for them.
      await run(`SET LOCAL lock_timeout = ${migrationMsMax}`);
      await run("SELECT pg_advisory_xact_lock(hashtextextended('skein migrate ' || $1, 0))", [
        schema,
      ]);
      await run('SET LOCAL lock_timeout TO DEFAULT');
      await createSchema(run, schema);
      await task();
      await run('COMMIT');
      options = {};
    },
  };
}

/** `IF NOT EXISTS` would require the right to create schemas even if there is nothing to create. */
async function createSchema(run: Connection['run'], schema: string): Promise<void> {
  const found = await run('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  if (found.length === 0) await run(`CREATE SCHEMA ${quote(schema)}`);
}

/** A table by its own name and as statements name it. */
interface NamedTable {
  readonly name: string;
  readonly quoted: string;
}

/**
 * Throws `unavailable` if the user lacks a right on one of the tables. Otherwise a server would
 * start and fail only at the first operation that needs the right.
 */
async function checkRights(
  { run }: Connection,
  where: string,
  tables: readonly NamedTable[],
): Promise<void> {
  const names = tables.map(({ quoted }) => quoted);
  const [missing] = await run(statement, [arrayLiteral(names)]);
  if (missing === undefined) return;
  const [ordinal, right] = missing;
  const table = tables[Number(ordinal) - 1]?.name;
  throw new SkeinError(
    'unavailable',
    `The PostgreSQL database ${where} does not give this user the right ${String(right)} ` +
      `on the table ${table}: grant it.`,
  );
}

const statement =
  'SELECT t.ordinal, r."right" FROM unnest($1::text[]) WITH ORDINALITY AS t(name, ordinal), ' +
  `unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) WITH ORDINALITY AS r("right", ordinal) ` +
  'WHERE NOT has_table_privilege(t.name, r."right") ORDER BY t.ordinal, r.ordinal LIMIT 1';
