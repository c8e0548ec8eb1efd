import type { SqliteDriver } from './sqlite-driver.ts';
import { checkMigrationOptions } from '../sql/migrate.ts';
import type { MigrationOptions } from '../../shared/migration.ts';

export interface SqliteConfig extends MigrationOptions {
  /** The database's file; created if it is missing. Its directory must exist. */
  readonly path: string;
  /**
   * How long a write waits for writers of other processes before it fails with `unavailable`. 0 to
   * 3,600,000 milliseconds, default 5,000.
   */
  readonly busyTimeoutMs?: number;
  /** How much of the database is kept in memory, in MiB. 1 to 65,536, default 64. */
  readonly cacheMebibytes?: number;
  /**
   * The constructor that better-sqlite3 exports, to use another package than the installed one.
   * Writes then run in this thread, which blocks while the disk syncs; by default they run in their
   * own.
   */
  readonly driver?: SqliteDriver;
}

export interface ParsedSqliteConfig {
  readonly migration: MigrationOptions;
  readonly path: string;
  readonly busyTimeoutMs: number;
  readonly cacheMebibytes: number;
  readonly driver: SqliteDriver | undefined;
}

/** The configuration with its defaults. Throws `TypeError` if it is invalid. */
export function parseSqliteConfig(config: SqliteConfig): ParsedSqliteConfig {
  const { path, busyTimeoutMs = 5000, cacheMebibytes = 64, driver } = config;
  // The driver trims the path.
  if (typeof path !== 'string' || /^(?:$|:memory:)/.test(path.trim())) {
    throw new TypeError(
      'path must name a file; for data that need not be kept, use the memory engine',
    );
  }
  mustBeWithin('busyTimeoutMs', busyTimeoutMs, 0, 3_600_000);
  mustBeWithin('cacheMebibytes', cacheMebibytes, 1, 65_536);
  return { path, busyTimeoutMs, cacheMebibytes, driver, migration: checkMigrationOptions(config) };
}

function mustBeWithin(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new TypeError(`${name} must be a whole number from ${min} to ${max}`);
  }
}
