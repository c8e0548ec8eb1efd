/**
 * The engine on PostgreSQL: real tables, any number of servers on one database. Needs pg.
 * @module
 */
export { postgres } from './postgres-engine.ts';
export type { PostgresConfig } from './postgres-config.ts';
export type {
  PostgresClient,
  PostgresDriver,
  PostgresOptions,
  PostgresPool,
  PostgresPoolClient,
  PostgresQuery,
  PostgresResult,
  PostgresTypes,
} from './postgres-driver.ts';
