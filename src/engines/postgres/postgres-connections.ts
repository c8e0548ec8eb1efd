import { createHash } from 'node:crypto';
import { SkeinError } from '../../shared/error.ts';
import { driverOptions } from './driver-options.ts';
import { inTime, NoAnswerError } from './in-time.ts';
import { Patience } from './patience.ts';
import { shownAddress, type ParsedPostgresConfig } from './postgres-config.ts';
import type {
  PostgresClient,
  PostgresDriver,
  PostgresOptions,
  PostgresPool,
  PostgresPoolClient,
  PostgresQuery,
  PostgresTypes,
} from './postgres-driver.ts';
import {
  BusyError,
  isOfPooler,
  isUnknownName,
  toEngineError,
  verdictOf,
} from './postgres-errors.ts';

type Rows = readonly (readonly unknown[])[];

/** A connection while a task uses it. */
export interface Connection {
  readonly run: (
    text: string,
    values?: readonly unknown[],
    options?: StatementOptions,
  ) => Promise<Rows>;
}

export interface StatementOptions {
  /** Prepares the statement, once per connection. Only for texts that are few in number. */
  readonly isPrepared?: boolean;
  /** Waits for the answer without a limit, as for an index on a large table. */
  readonly mayTakeLong?: boolean;
}

/**
 * The connections of one open engine.
 *
 * A connection that breaks raises an error and is dropped. One whose peer vanished stays silent: a
 * statement without an answer in time counts as lost. Idle connections that have not answered
 * lately either are then dropped instead of used, since they mostly died of the same cause.
 *
 * A pooler may give a server's session to another client after each transaction (`isPooled`). Then
 * statements are not prepared, settings are given to each transaction that writes, and a connection
 * that listens hears nothing.
 */
export class PostgresConnections {
  /** Names the database, without its password. */
  readonly where: string;
  readonly connectionsMax: number;
  readonly answerTimeoutMs: number;
  readonly #driver: PostgresDriver;
  #options: PostgresOptions;
  #pool: PostgresPool;
  #isPooled = false;
  readonly #patienceMs: number;
  /** When each connection last gave a sign of life. */
  readonly #answeredMs = new WeakMap<object, number>();
  /** A connection that has not answered since this time is not trusted. */
  #trustedMs = -Infinity;
  #inUse = 0;
  readonly #names = new Map<string, string>();

  constructor(config: ParsedPostgresConfig, driver: PostgresDriver) {
    this.where = shownAddress(config.url);
    this.connectionsMax = config.connectionsMax;
    this.answerTimeoutMs = config.answerTimeoutMs;
    this.#patienceMs = config.patienceMs;
    this.#driver = driver;
    this.#options = driverOptions(config);
    this.#pool = this.#createPool();
  }

  #createPool(): PostgresPool {
    const pool = new this.#driver.Pool({ ...this.#options, max: this.connectionsMax });
    // A broken connection fails the statement that waits for an answer, and the pool drops it.
    // Nothing else needs to be done, but an error event without a listener ends the process.
    pool.on('error', () => undefined);
    pool.on('connect', (argument) => {
      const client = argument as PostgresPoolClient; // the argument of the event
      client.on('error', () => undefined);
      this.#noteAnswer(client);
    });
    return pool;
  }

  /** Whether sessions are shared with other clients. */
  get isPooled(): boolean {
    return this.#isPooled;
  }

  /**
   * Connects, and finds out whether a pooler gives each connection a session of its own, with the
   * settings that it asks for. If not, it refuses these settings (PgBouncer's default) or leaves
   * them out.
   */
  async recognizePooler(): Promise<void> {
    if (this.#isPooled) return;
    try {
      const [row] = await this.use(({ run }) => run("SELECT current_setting('plan_cache_mode')"));
      this.#isPooled = row?.[0] !== 'force_generic_plan'; // as the settings say
    } catch (error) {
      if (!isOfPooler(error)) throw error;
      const { options: _, ...others } = this.#options;
      await this.#pool.end();
      this.#options = others;
      this.#isPooled = true;
      this.#pool = this.#createPool();
    }
  }

  /** A connection outside the pool, for listening. */
  createClient(): PostgresClient {
    return new this.#driver.Client(this.#options);
  }

  /**
   * Runs a task on a connection, once. Errors are the driver's; after one, the connection is
   * closed.
   */
  async use<T>(task: (connection: Connection) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    let isBroken = true;
    this.#inUse++;
    try {
      const result = await task({ run: (...args) => this.#run(client, ...args) });
      isBroken = false;
      return result;
    } finally {
      this.#inUse--;
      client.release(isBroken);
    }
  }

  /** Runs an idempotent statement until it has an answer or patience runs out. */
  async ask(
    text: string,
    values: readonly unknown[] = [],
    options?: StatementOptions,
  ): Promise<Rows> {
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

  /** Waits for the answer to a statement; throws a `NoAnswerError` after the timeout. */
  async inTime<T>(answer: Promise<T>): Promise<T> {
    try {
      return await inTime(answer, this.answerTimeoutMs);
    } catch (error) {
      // Other connections may have answered just before this one fell silent, and be dead by now.
      const lately = performance.now() - this.answerTimeoutMs / 2;
      if (error instanceof NoAnswerError) this.#trustedMs = Math.max(this.#trustedMs, lately);
      throw error;
    }
  }

  end(): Promise<void> {
    return this.#pool.end();
  }

  /** An idle connection that is trusted, or a new one. Each turn drops one, so the loop ends. */
  async #connect(): Promise<PostgresPoolClient> {
    for (;;) {
      const client = await this.#take();
      if ((this.#answeredMs.get(client) ?? Infinity) >= this.#trustedMs) return client;
      closeAtOnce(client);
    }
  }

  async #take(): Promise<PostgresPoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      const { connectionsMax } = this;
      throw this.#inUse < connectionsMax ? error : new BusyError(connectionsMax, { cause: error });
    }
  }

  #noteAnswer(client: PostgresPoolClient): void {
    this.#answeredMs.set(client, performance.now());
  }

  async #run(
    client: PostgresPoolClient,
    text: string,
    values: readonly unknown[] = [],
    { isPrepared = false, mayTakeLong = false }: StatementOptions = {},
  ): Promise<Rows> {
    const name = isPrepared && !this.#isPooled ? this.#nameOf(text) : undefined;
    const query: PostgresQuery = { text, values: [...values], rowMode: 'array', types };
    try {
      const answer = client.query(name === undefined ? query : { ...query, name });
      const { rows } = await (mayTakeLong ? answer : this.inTime(answer));
      this.#noteAnswer(client);
      return rows;
    } catch (error) {
      // Another session has answered than the one that has prepared it, and has done nothing.
      if (name === undefined || !isUnknownName(error)) throw error;
      this.#isPooled = true;
      return await this.#run(client, text, values, { mayTakeLong });
    }
  }

  #nameOf(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size >= namesMax) return known;
    // The same name never stands for two texts, not even if several processes share a session.
    const name = `skein_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
    this.#names.set(text, name);
    return name;
  }
}

/** Beyond this number, statements are no longer prepared: each connection keeps every one. */
const namesMax = 500;

/**
 * The driver says goodbye on an idle connection, which on a dead one can take minutes. It closes a
 * connection with a pending answer at once.
 */
function closeAtOnce(client: PostgresPoolClient): void {
  client.query({ text: 'SELECT 1', rowMode: 'array', types }).catch(() => undefined);
  client.release(true);
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
