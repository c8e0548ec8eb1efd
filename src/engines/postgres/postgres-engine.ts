import type {
  Capabilities,
  Commit,
  Engine,
  Key,
  Row,
  Scalar,
  Scan,
  Table,
} from '../../engine/engine.ts';
import { assert } from '../../shared/assert.ts';
import { SkeinError } from '../../shared/error.ts';
import { planCommit } from '../sql/planned-commit.ts';
import { SqlTable } from '../sql/sql-table.ts';
import { listenForHints } from './listen-for-hints.ts';
import { openPostgres } from './open-postgres.ts';
import { PostgresCommitter } from './postgres-committer.ts';
import {
  parsePostgresConfig,
  type ParsedPostgresConfig,
  type PostgresConfig,
} from './postgres-config.ts';
import type { PostgresConnections } from './postgres-connections.ts';
import { HintSender } from './postgres-hints.ts';
import { laneTable } from './postgres-lane.ts';
import { PostgresReader } from './postgres-reader.ts';
import { postgresDialect } from './postgres-schema.ts';

/**
 * An engine on a PostgreSQL database, with real tables and columns to query and join. Needs the
 * package pg and PostgreSQL 14 or newer. Any number of servers may share the database.
 *
 * @example
 * const url = 'postgres://user:password@host/database';
 * const store = await createStore({ engine: postgres({ url }) });
 */
export function postgres(config: PostgresConfig): Engine {
  return new PostgresEngine(parsePostgresConfig(config));
}

/** Rows that one step of `deletePrefix` deletes; each step is a transaction. */
const deleteStepRows = 1000;

/** States: closed → open → closed. */
class PostgresEngine implements Engine {
  readonly name = 'postgres';
  readonly capabilities: Capabilities = {
    durable: true,
    atomicAcrossPartitions: true,
    shared: true,
  };
  readonly #config: ParsedPostgresConfig;
  /** Absent behind a pooler that shares sessions: nothing would be heard. */
  listen?: (onHint: (partition: Key | undefined) => void) => void;
  #isTaken = false;
  #state: OpenState | undefined;

  constructor(config: ParsedPostgresConfig) {
    this.#config = config;
  }

  async open(tables: readonly Table[]): Promise<void> {
    if (this.#isTaken) throw new SkeinError('unavailable', 'This engine is already open.');
    this.#isTaken = true;
    try {
      const { schema } = this.#config;
      const dialect = postgresDialect(schema);
      const all = new Map(tables.map((table) => [table, new SqlTable(dialect, table)]));
      const connections = await openPostgres(this.#config, dialect, [...all.values()]);
      if (connections.isPooled) delete this.listen;
      else this.listen = (onHint) => this.#listen(onHint);
      const lanes = dialect.tableName(laneTable.name);
      const hints = new HintSender(connections, schema);
      this.#state = {
        tables: all,
        connections,
        hints,
        listeners: [],
        reader: new PostgresReader(connections),
        committer: new PostgresCommitter(connections, lanes, (commits) => hints.add(commits)),
      };
    } catch (error) {
      this.#isTaken = false;
      throw error;
    }
  }

  async close(): Promise<void> {
    const { connections, committer, hints, listeners } = this.#mustBeOpen();
    this.#state = undefined;
    try {
      await Promise.all(listeners.map((stop) => stop()));
      await hints.end();
      await committer.end();
    } finally {
      await connections.end();
      this.#isTaken = false;
    }
  }

  get(table: Table, key: Key): Promise<Row | undefined> {
    const { reader, tables } = this.#mustBeOpen();
    return reader.get(tables.get(table)!, key);
  }

  getMany(table: Table, keys: readonly Key[]): Promise<(Row | undefined)[]> {
    const { reader, tables } = this.#mustBeOpen();
    return reader.getMany(tables.get(table)!, keys);
  }

  scan(scan: Scan): Promise<Row[]> {
    const { reader, tables } = this.#mustBeOpen();
    return reader.scan(tables.get(scan.table)!, scan);
  }

  commit(commit: Commit): Promise<void> {
    const { committer, tables } = this.#mustBeOpen();
    return committer.commit(planCommit(commit, (table) => tables.get(table)!));
  }

  async deletePrefix(table: Table, prefix: readonly Scalar[]): Promise<void> {
    const { reader, tables } = this.#mustBeOpen();
    for (;;) {
      const count = await reader.deleteSome(tables.get(table)!, prefix, deleteStepRows);
      if (count < deleteStepRows) return;
    }
  }

  hint(key: Key): void {
    this.#mustBeOpen().hints.addKey(key);
  }

  #listen(onHint: (partition: Key | undefined) => void): void {
    const { connections, hints, listeners } = this.#mustBeOpen();
    listeners.push(listenForHints(connections, this.#config.schema, hints.origin, onHint));
  }

  /** The wrapper ensures this: see the engine contract. */
  #mustBeOpen(): OpenState {
    assert(this.#state, 'the engine is open');
    return this.#state;
  }
}

interface OpenState {
  readonly tables: ReadonlyMap<Table, SqlTable>;
  readonly connections: PostgresConnections;
  readonly hints: HintSender;
  readonly reader: PostgresReader;
  readonly committer: PostgresCommitter;
  /** Each function stops one listener for hints. */
  readonly listeners: (() => Promise<void>)[];
}
