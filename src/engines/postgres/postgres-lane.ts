import { randomUUID } from 'node:crypto';
import { SkeinError } from '../../shared/error.ts';
import type { OwnTable } from '../sql/migrate.ts';
import type { Patience } from './patience.ts';
import type { PostgresConnections } from './postgres-connections.ts';
import { isTransient } from './postgres-errors.ts';

/** See `PostgresLane`. */
export const laneTable: OwnTable = {
  name: 'skein_lanes',
  columns: { id: 'string', sequence: 'int', outcome: 'string', usedAt: 'timestamp' },
};

/**
 * Ensures that nothing is written twice, and no outcome is lost, when a connection breaks during a
 * commit.
 *
 * A lane is a row that belongs to one writer of one process. Every transaction of the writer moves
 * it from `sequence` to `sequence + 1`, in the same statement as its rows and only if it is there,
 * and notes which commits went through. If an answer is lost, `settle` moves it to `sequence + 2`
 * instead:
 * - if that works, the transaction has not happened and never can, even if its connection lives on;
 * - if not, the transaction has happened, and the row holds its answer.
 */
export class PostgresLane {
  readonly #connections: PostgresConnections;
  readonly #table: string;
  #id = randomUUID();
  #sequence = 0;
  #isMade = false;

  constructor(connections: PostgresConnections, table: string) {
    this.#connections = connections;
    this.#table = table;
  }

  /** The parameters of the statement that moves the lane: see `commitStatement`. */
  get values(): readonly [id: string, sequence: string] {
    return [this.#id, String(this.#sequence)];
  }

  /** Creates the row if necessary. */
  async prepare(): Promise<void> {
    if (this.#isMade) return;
    await this.#connections.ask(
      `INSERT INTO ${this.#table} ("id", "sequence", "outcome", "usedAt") VALUES ($1, 0, '', now()) ` +
        'ON CONFLICT ("id") DO NOTHING',
      [this.#id],
    );
    this.#isMade = true;
  }

  /** Call this after a transaction has moved the lane. */
  advance(): void {
    this.#sequence++;
  }

  /** Gives up the row: the next transaction uses another one. */
  abandon(): void {
    this.#id = randomUUID();
    this.#sequence = 0;
    this.#isMade = false;
  }

  /**
   * After a lost answer: what the transaction noted, or `undefined` if it has not happened and no
   * longer can. Throws `unavailable` if that cannot be determined.
   */
  async settle(patience: Patience, cause: unknown): Promise<string | undefined> {
    for (;;) {
      try {
        return await this.#settle();
      } catch (error) {
        if (error instanceof SkeinError && error.code !== 'unavailable') throw error;
        if (await patience.pause()) continue;
        this.abandon();
        const text = `The connection to ${this.#connections.where} broke. The write may or may not have happened; try again.`;
        throw new SkeinError('unavailable', text, { cause });
      }
    }
  }

  async #settle(): Promise<string | undefined> {
    const rows = await this.#connections.use(async ({ run }) => {
      await run(
        `UPDATE ${this.#table} SET "sequence" = $2::bigint + 2, "usedAt" = now() ` +
          'WHERE "id" = $1 AND "sequence" = $2::bigint',
        this.values,
      );
      return await run(`SELECT "sequence", "outcome" FROM ${this.#table} WHERE "id" = $1`, [
        this.#id,
      ]);
    });
    const [sequence, outcome] = rows[0] ?? [];
    const steps = Number(sequence) - this.#sequence;
    if (steps !== 1 && steps !== 2) throw new Error(`lane ${this.#id} is not where it was left`);
    this.#sequence += steps;
    return steps === 1 ? String(outcome) : undefined;
  }

  /** Deletes the row. If that fails, `sweepLanes` will. */
  async end(): Promise<void> {
    if (!this.#isMade) return;
    this.#isMade = false;
    try {
      await this.#connections.ask(`DELETE FROM ${this.#table} WHERE "id" = $1`, [this.#id]);
    } catch (error) {
      if (!(error instanceof SkeinError)) throw error;
    }
  }
}

/**
 * Deletes the lanes of processes that ended without deleting them. A process that still uses one
 * makes a new one. If the database is busy, a later sweep does it.
 */
export async function sweepLanes(connections: PostgresConnections, table: string): Promise<void> {
  try {
    await connections.ask(`DELETE FROM ${table} WHERE "usedAt" < now() - interval '30 days'`);
  } catch (error) {
    if (!(error instanceof SkeinError) || !isTransient(error.cause)) throw error;
  }
}
