import type { SqliteDatabase, SqliteStatement } from './sqlite-driver.ts';

/**
 * Writes as they are handed to whoever holds the writing connection, perhaps in another thread: texts of
 * statements and flat lists of values, nothing that knows of tables.
 */
export interface WriteGroup {
  readonly writes: readonly Write[];
}

/** Of one commit. */
export interface Write {
  /** Each must find what it expects, or the write changes nothing. */
  readonly checks: readonly Check[];
  readonly statements: readonly BoundStatement[];
}

export interface BoundStatement {
  readonly sql: string;
  readonly values: readonly (string | number | null)[];
}

export interface Check extends BoundStatement {
  /** The first value of the first row; `null` for no row at all. */
  readonly expected: number | null;
}

/** What became of a write: how many rows it changed, or `conflict` when a check failed. */
export type WriteOutcome = number | 'conflict';

/** The writing connection. */
export class GroupWriter {
  readonly #database: SqliteDatabase;
  readonly #prepared = new Map<string, SqliteStatement>();

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  /** One transaction, synced when this returns. What it throws has changed nothing. */
  write({ writes }: WriteGroup): WriteOutcome[] {
    this.#prepare('BEGIN IMMEDIATE').run();
    try {
      const outcomes = writes.map((write) => this.#write(write));
      if (outcomes.every((outcome) => outcome === 0)) this.#touch();
      this.#prepare('COMMIT').run();
      return outcomes;
    } catch (error) {
      // Some errors have undone the transaction already.
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /**
   * SQLite writes nothing for a transaction that changed nothing. Who asks for one wants to know whether the
   * disk takes it, so a number that the file keeps for its users is written anew.
   */
  #touch(): void {
    const [version] = this.#prepare('PRAGMA user_version').get() as [number]; // a raw row
    this.#database.exec(`PRAGMA user_version = ${version}`);
  }

  #write({ checks, statements }: Write): WriteOutcome {
    if (!checks.every((check) => this.#holds(check))) return 'conflict';
    let count = 0;
    for (const { sql, values } of statements) count += this.#prepare(sql).run(...values).changes;
    return count;
  }

  #holds({ sql, values, expected }: Check): boolean {
    const found = this.#prepare(sql).get(...values) as [number] | undefined; // a raw row
    return (found?.[0] ?? null) === expected;
  }

  #prepare(sql: string): SqliteStatement {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      if (statement.reader) statement.raw();
      if (this.#prepared.size >= preparedMax) this.#prepared.clear();
      this.#prepared.set(sql, statement);
    }
    return statement;
  }
}

/** There are far fewer texts; the bound only keeps a mistake from filling the memory. */
const preparedMax = 2000;
