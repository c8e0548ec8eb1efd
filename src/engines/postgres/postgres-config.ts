import { SkeinError } from '../../shared/error.ts';
import type { PostgresDriver, PostgresOptions } from './postgres-driver.ts';
import { checkMigrationOptions } from '../sql/migrate.ts';
import type { MigrationOptions } from '../../shared/migration.ts';

export interface PostgresConfig extends MigrationOptions {
  /** Such as `postgres://user:password@host:5432/database`. */
  readonly url: string;
  /**
   * The schema of the tables; created if it is missing. At most 57 bytes in UTF-8, default
   * `public`.
   */
  readonly schema?: string;
  /** Connections of this process, besides one for hints. 2 to 1,000, default 10. */
  readonly connectionsMax?: number;
  /**
   * How long a call keeps trying to reach the server before it fails with `unavailable`. 0 to
   * 3,600,000 milliseconds, default 5,000.
   */
  readonly patienceMs?: number;
  /**
   * How long to wait for the answer to a statement before its connection counts as lost, as when
   * the server's host has vanished. It must exceed the slowest statement, such as a large page over
   * a slow network; migrations have no limit. 2,000 to 3,600,000 milliseconds, default 30,000.
   */
  readonly answerTimeoutMs?: number;
  /** More options for the driver's connections, such as `{ ssl: { ca } }`. */
  readonly connection?: PostgresOptions;
  /** The package pg, or a compatible one. Default: the installed package, loaded on opening. */
  readonly driver?: PostgresDriver;
}

export interface ParsedPostgresConfig {
  readonly migration: MigrationOptions;
  readonly url: string;
  readonly schema: string;
  readonly connectionsMax: number;
  readonly patienceMs: number;
  readonly answerTimeoutMs: number;
  readonly connection: PostgresOptions;
  readonly driver: PostgresDriver | undefined;
}

/** The configuration with its defaults. Throws `TypeError` if it is invalid. */
export function parsePostgresConfig(config: PostgresConfig): ParsedPostgresConfig {
  const { url, schema = 'public', connectionsMax = 10 } = config;
  const { patienceMs = 5000, answerTimeoutMs = 30_000 } = config;
  if (typeof url !== 'string') throw new TypeError('url must be a string');
  if (schema === '' || Buffer.byteLength(schema) > schemaBytesMax || schema.includes('\u0000')) {
    throw new TypeError(`schema must have 1 to ${schemaBytesMax} bytes in UTF-8, and no U+0000`);
  }
  mustBeWithin('connectionsMax', connectionsMax, 2, 1000);
  mustBeWithin('patienceMs', patienceMs, 0, 3_600_000);
  // Longer than a statement waits for one lock: see `settings`.
  mustBeWithin('answerTimeoutMs', answerTimeoutMs, 2000, 3_600_000);
  const { connection = {}, driver } = config;
  const migration = checkMigrationOptions(config);
  return {
    url,
    schema,
    connectionsMax,
    patienceMs,
    answerTimeoutMs,
    connection,
    driver,
    migration,
  };
}

/** PostgreSQL limits names to 63 bytes, and the channel for hints adds six to the schema's name. */
const schemaBytesMax = 57;

function mustBeWithin(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new TypeError(`${name} must be a whole number from ${min} to ${max}`);
  }
}

/**
 * Names a database for people. Throws `unavailable` if the text is not an address, without showing
 * it.
 */
export function shownAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^postgres(?:ql)?:$/.test(url.protocol) || isTorn(url)) {
    throw new SkeinError(
      'unavailable',
      'The address of the database is not of the form postgres://user:password@host:5432/database; ' +
        'in a password, write %40 for @ and %2F for /.',
    );
  }
  return `${url.searchParams.get('host') ?? url.host}${url.pathname}`;
}

/**
 * Whether a character such as `/` has split the password: its end then stands in the place of a
 * path or query, and would be shown. The command line has the same rule.
 */
function isTorn({ username, host, pathname, search, hash }: URL): boolean {
  const query = username === '' && host !== '' ? search : '';
  return `${pathname}${query}${hash}`.includes('@') || pathname.slice(1).includes('/');
}
