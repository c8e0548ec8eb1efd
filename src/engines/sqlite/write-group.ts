import type { SqliteDatabase, SqliteStatement } from './sqlite-driver.ts';

/**
 * Writes in the form that the owner of the writing connection takes, perhaps in another thread:
 * texts of statements and flat lists of values, without any knowledge of tables.
 */
export interface WriteGroup {
  readonly writes: readonly Write[];
}

/** The write of one commit. */
export interface Write {
  /** Each must find what it expects; otherwise the write changes nothing. */
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

/** The outcome of a write: the number of rows it changed, or `conflict` if a check failed. */
export type WriteOutcome = number | 'conflict';

/** The writing connection. */
export class GroupWriter {
  readonly #database: SqliteDatabase;
  readonly #prepared = new Map<string, SqliteStatement>();

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  /** Writes one transaction, synced when this returns. If it throws, nothing has changed. */
  write({ writes }: WriteGroup): WriteOutcome[] {
    this.#prepare('BEGIN IMMEDIATE').run();
    try {
      const outcomes = writes.map((write) => this.#write(write));
      if (outcomes.every((outcome) => outcome === 0)) this.#touch();
      this.#prepare('COMMIT').run();
      return outcomes;
    } catch (error) {
      // Some errors have already rolled the transaction back.
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /**
   * SQLite writes nothing for a transaction that changed nothing. But its caller wants to know
   * whether the disk takes a write, so this rewrites a number that the file keeps for its users.
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
