import { SkeinError } from '../../shared/error.ts';
import type { ParsedPostgresConfig } from './postgres-config.ts';
import type {
  PostgresClient,
  PostgresDriver,
  PostgresOptions,
  PostgresPool,
  PostgresPoolClient,
  PostgresQuery,
  PostgresTypes,
} from './postgres-driver.ts';
import { toEngineError, verdictOf } from './postgres-errors.ts';

export type Rows = readonly (readonly unknown[])[];

/** A connection while a task has it. */
export interface Connection {
  readonly run: (text: string, values?: readonly unknown[], options?: RunOptions) => Promise<Rows>;
}

export interface RunOptions {
  /** Prepare the statement, once a connection. Only for texts of which there are few. */
  readonly isPrepared?: boolean;
}

/** The connections of one open engine. */
export class PostgresConnections {
  /** Names the database, without its password. */
  readonly where: string;
  readonly #driver: PostgresDriver;
  readonly #options: PostgresOptions;
  readonly #pool: PostgresPool;
  readonly #patienceMs: number;
  readonly #names = new Map<string, string>();

  constructor(config: ParsedPostgresConfig, driver: PostgresDriver) {
    this.where = locationOf(config.url);
    this.#driver = driver;
    this.#patienceMs = config.patienceMs;
    this.#options = driverOptions(config);
    this.#pool = new driver.Pool({ ...this.#options, max: config.connectionsMax });
    // A connection that breaks says so to whoever waits for an answer, and the pool drops it. Beyond that
    // nothing is to be done, but an error event that nobody hears ends the process.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (client) => {
      (client as PostgresPoolClient).on('error', () => undefined); // what the event comes with
    });
  }

  /** A connection outside the pool, for listening. */
  createClient(): PostgresClient {
    return new this.#driver.Client(this.#options);
  }

  /** Runs a task on a connection, once. Errors are the driver's; after one, the connection is closed. */
  async use<T>(task: (connection: Connection) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let isBroken = true;
    try {
      const result = await task({ run: (...args) => this.#run(client, ...args) });
      isBroken = false;
      return result;
    } finally {
      client.release(isBroken);
    }
  }

  /** Runs a statement that may run any number of times, until it has an answer or patience ends. */
  async ask(text: string, values: readonly unknown[] = [], options?: RunOptions): Promise<Rows> {
    const patience = this.startPatience();
    for (;;) {
      try {
        return await this.use((connection) => connection.run(text, values, options));
      } catch (error) {
        const mayRetry = ['lost', 'again', 'held'].includes(verdictOf(error));
        if (!mayRetry || !(await patience.pause())) throw toEngineError(error, this.where);
      }
    }
  }

  startPatience(): Patience {
    return new Patience(this.#patienceMs);
  }

  end(): Promise<void> {
    return this.#pool.end();
  }

  async #run(
    client: PostgresPoolClient,
    text: string,
    values: readonly unknown[] = [],
    { isPrepared = false }: RunOptions = {},
  ): Promise<Rows> {
    const name = isPrepared ? this.#nameOf(text) : undefined;
    const query: PostgresQuery = { text, values: [...values], rowMode: 'array', types };
    return (await client.query(name === undefined ? query : { ...query, name })).rows;
  }

  #nameOf(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size >= namesMax) return known;
    const name = `skein_${this.#names.size}`;
    this.#names.set(text, name);
    return name;
  }
}

/** Beyond this many, statements are no longer prepared: each connection keeps every one. */
const namesMax = 500;

/** How long a call goes on trying. */
export class Patience {
  readonly #endMs: number;
  #attempt = 0;

  constructor(patienceMs: number) {
    this.#endMs = performance.now() + patienceMs;
  }

  /** Waits a little, longer each time. False, at once, when patience has ended. */
  async pause(): Promise<boolean> {
    const leftMs = this.#endMs - performance.now();
    if (leftMs <= 0) return false;
    const pauseMs = Math.random() * Math.min(5 * 2 ** this.#attempt++, pauseMsMax);
    await new Promise((resolve) => setTimeout(resolve, Math.min(pauseMs, leftMs)));
    return true;
  }
}

const pauseMsMax = 250;

/**
 * Every query of the engine is a range of an index, which it names by what it asks for. A planner that
 * goes by statistics, which are wrong while a table is young, could choose otherwise: it may not.
 */
export const settings: readonly string[] = [
  'enable_seqscan=off',
  'enable_bitmapscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'enable_sort=off',
  'enable_incremental_sort=off',
  'enable_material=off',
  'plan_cache_mode=force_generic_plan',
  'jit=off',
  'default_transaction_isolation=read\\ committed',
  'synchronous_commit=on',
  'lock_timeout=1000',
  'extra_float_digits=3',
];

/** The settings of the caller's own, in the address or beside it, come first, so that the engine's hold. */
function driverOptions({ url, connection }: ParsedPostgresConfig): PostgresOptions {
  const address = new URL(url);
  const own = [address.searchParams.get('options'), connection.options];
  address.searchParams.delete('options'); // the driver would take them instead of all others
  const given = own.filter((text) => typeof text === 'string');
  return {
    connectionString: given.length === 0 ? url : address.href,
    application_name: 'skein',
    keepAlive: true,
    connectionTimeoutMillis: 5000,
    ...connection,
    options: [...given, ...settings.map((setting) => `-c ${setting}`)].join(' '),
  };
}

const types: PostgresTypes = { getTypeParser: () => (text) => text };

export async function loadDriver(): Promise<PostgresDriver> {
  try {
    return (await import('pg')).default;
  } catch (error) {
    throw new SkeinError(
      'unavailable',
      'The driver pg could not be loaded: install it beside skein (npm install pg).',
      { cause: error },
    );
  }
}

/** Throws `unavailable` for a text that is no address of a PostgreSQL database. */
function locationOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^postgres(?:ql)?:$/.test(url.protocol)) {
    throw new SkeinError(
      'unavailable',
      'The address of the database is not of the form postgres://user:password@host:5432/database.',
    );
  }
  return `${url.host}${url.pathname}`;
}
