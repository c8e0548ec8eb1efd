import { is, sql } from 'drizzle-orm';
import { PgTransaction } from 'drizzle-orm/pg-core';
import type { Database } from './database.ts';

/**
 * Writes go through the store, on connections of its own. A transaction that sees the database as it was when
 * it began would find none of the rows that were written, and that conditions still hold which do not.
 * Throws `TypeError` for one, before anything is written.
 */
export async function mustSeeWrites({ drizzle }: Database): Promise<void> {
  if (!is(drizzle, PgTransaction)) return;
  const isolation = sql<string>`current_setting('transaction_isolation')`;
  const [row] = await drizzle.select({ isolation }).from(sql`(SELECT 1) AS "one"`);
  if (row === undefined || /^read (?:un)?committed$/.test(row.isolation)) return;
  throw new TypeError(
    `A transaction at "${row.isolation}" does not see what a model call writes: ` +
      'write with a database outside of it, or use a transaction at "read committed".',
  );
}
