import type { ParsedPostgresConfig } from './postgres-config.ts';
import type { PostgresOptions } from './postgres-driver.ts';

/**
 * Every query of the engine is a range of an index, which its conditions determine. A planner that
 * relies on statistics, which are wrong while a table is young, could choose another plan; these
 * settings prevent it.
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

/**
 * The caller's own settings, from the address or the options, come first, so that the engine's win.
 */
export function driverOptions({ url, connection }: ParsedPostgresConfig): PostgresOptions {
  const address = new URL(url);
  const own = [address.searchParams.get('options'), connection.options];
  address.searchParams.delete('options'); // the driver would use them instead of all others
  const given = own.filter((text) => typeof text === 'string');
  return {
    connectionString: given.length === 0 ? url : address.href,
    application_name: 'skein',
    // The operating system detects by itself that the peer of an idle connection is gone.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: 5000,
    ...connection,
    options: [...given, ...settings.map((setting) => `-c ${setting}`)].join(' '),
  };
}
