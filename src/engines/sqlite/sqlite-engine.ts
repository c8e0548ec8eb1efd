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
import { ConflictError, SkeinError } from '../../shared/error.ts';
import { DiskState } from '../sql/disk-state.ts';
import { GroupCommitter, type CommitOutcome } from '../sql/group-committer.ts';
import { planCommit, type PlannedCommit } from '../sql/planned-commit.ts';
import { SqlTable } from '../sql/sql-table.ts';
import { WriteEncoder } from './encode-write.ts';
import { compactSqlite, openSqlite } from './open-sqlite.ts';
import { parseSqliteConfig, type ParsedSqliteConfig, type SqliteConfig } from './sqlite-config.ts';
import { isDiskFailure, toEngineError } from './sqlite-errors.ts';
import { SqliteRows } from './sqlite-rows.ts';
import type { OpenSqlite } from './sqlite-writer.ts';
import { sqliteDialect } from './sqlite-schema.ts';
import { waitWhileBusy } from './wait-while-busy.ts';
import type { Write, WriteOutcome } from './write-group.ts';

/**
 * An engine on one SQLite file, with real tables and columns that any tool can read. Needs the
 * package better-sqlite3. Other processes of the same machine may open the file, too. A file that
 * this user may only read is read; writes then fail with `unavailable`.
 *
 * @example
 * const store = await createStore({ engine: sqlite({ path: './skein.db' }) });
 */
export function sqlite(config: SqliteConfig): Engine {
  return new SqliteEngine(parseSqliteConfig(config));
}

/** Rows that one step of `deletePrefix` deletes before other operations get their turn. */
const deleteStepRows = 1000;

/**
 * States: closed → open → closed. Reads are synchronous, on their own connection, which sees a
 * commit once it is synced.
 */
class SqliteEngine implements Engine {
  readonly name = 'sqlite';
  readonly capabilities: Capabilities = {
    durable: true,
    atomicAcrossPartitions: true,
    shared: true,
  };
  readonly #config: ParsedSqliteConfig;
  #isTaken = false;
  #state: OpenState | undefined;

  constructor(config: ParsedSqliteConfig) {
    this.#config = config;
  }

  async open(tables: readonly Table[]): Promise<void> {
    if (this.#isTaken) throw new SkeinError('unavailable', 'This engine is already open.');
    this.#isTaken = true;
    try {
      const all = new Map(tables.map((table) => [table, new SqlTable(sqliteDialect, table)]));
      const { database, writer } = await openSqlite(this.#config, [...all.values()]);
      const committer = new GroupCommitter({
        write: (group) => this.#write(group),
        turns: 2, // one is written while the next one is made; the writer keeps their order
        isDisjoint: false,
      });
      this.#state = {
        database,
        writer,
        committer,
        tables: all,
        rows: new SqliteRows(database),
        disk: new DiskState(isDiskFailure),
        encoder: new WriteEncoder(),
      };
    } catch (error) {
      this.#isTaken = false;
      throw error;
    }
  }

  async close(): Promise<void> {
    const { database, writer } = this.#mustBeOpen();
    this.#state = undefined;
    try {
      await writer.close();
    } finally {
      database.close();
      this.#isTaken = false;
    }
  }

  get(table: Table, key: Key): Promise<Row | undefined> {
    return this.#attempt(({ rows, tables }) => rows.get(tables.get(table)!, key));
  }

  getMany(table: Table, keys: readonly Key[]): Promise<(Row | undefined)[]> {
    return this.#attempt(({ rows, tables }) => {
      return keys.map((key) => rows.get(tables.get(table)!, key));
    });
  }

  scan(scan: Scan): Promise<Row[]> {
    return this.#attempt(({ rows, tables }) => rows.scan(tables.get(scan.table)!, scan));
  }

  commit(commit: Commit): Promise<void> {
    const { committer, tables } = this.#mustBeOpen();
    return committer.commit(planCommit(commit, (table) => tables.get(table)!));
  }

  async deletePrefix(table: Table, prefix: readonly Scalar[]): Promise<void> {
    const { encoder, tables } = this.#mustBeOpen();
    const step = encoder.deleteSome(tables.get(table)!, prefix, deleteStepRows);
    for (;;) {
      const [count] = await this.#writeAll([step]);
      if (count !== deleteStepRows) return;
    }
  }

  listen(onHint: (partition: Key | undefined) => void): void {
    this.#mustBeOpen().writer.watch(() => onHint(undefined));
  }

  /** Other processes may write before and after, but not while it waits for them to finish. */
  compact(): Promise<void> {
    this.#mustBeOpen();
    return compactSqlite(this.#config);
  }

  /** Repeats a group that failed because of one of its commits, one commit at a time. */
  async #write(group: readonly PlannedCommit[]): Promise<readonly CommitOutcome[]> {
    const { encoder } = this.#mustBeOpen();
    try {
      const outcomes = await this.#writeAll(group.map((commit) => encoder.encode(commit)));
      return outcomes.map((outcome) => (outcome === 'conflict' ? conflict() : undefined));
    } catch (error) {
      if (group.length === 1 || !(error instanceof TypeError)) throw error;
      const outcomes: CommitOutcome[] = [];
      for (const commit of group) outcomes.push(await outcomeOf(this.#write([commit])));
      return outcomes;
    }
  }

  async #writeAll(writes: readonly Write[]): Promise<WriteOutcome[]> {
    const { writer, disk } = this.#mustBeOpen();
    try {
      const outcomes = await writer.write({ writes });
      if (outcomes.some(isChange)) disk.noteChange();
      else if (disk.failure && !outcomes.includes('conflict')) throw disk.failure;
      return outcomes;
    } catch (error) {
      disk.noteFailure(error);
      throw toEngineError(error, this.#config.path);
    }
  }

  /** Runs a read. Waits while another process blocks it, and throws the errors of the contract. */
  async #attempt<T>(task: (state: OpenState) => T): Promise<T> {
    const state = this.#mustBeOpen();
    try {
      return await waitWhileBusy(() => task(state), this.#config.busyTimeoutMs);
    } catch (error) {
      throw toEngineError(error, this.#config.path);
    }
  }

  /** The wrapper ensures this: see the engine contract. */
  #mustBeOpen(): OpenState {
    assert(this.#state, 'the engine is open');
    return this.#state;
  }
}

interface OpenState extends OpenSqlite {
  readonly rows: SqliteRows;
  readonly disk: DiskState;
  readonly encoder: WriteEncoder;
  readonly tables: ReadonlyMap<Table, SqlTable>;
  readonly committer: GroupCommitter;
}

function isChange(outcome: WriteOutcome): boolean {
  return outcome !== 'conflict' && outcome > 0;
}

function conflict(): ConflictError {
  return new ConflictError('A row of the commit is not as expected.');
}

async function outcomeOf(writing: Promise<readonly CommitOutcome[]>): Promise<CommitOutcome> {
  try {
    return (await writing)[0];
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}
