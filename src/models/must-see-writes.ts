import { is, sql } from 'drizzle-orm';
import { PgTransaction } from 'drizzle-orm/pg-core';
import type { Database } from './database.ts';

/**
 * Throws `TypeError` for a transaction that would not see the writes of a model call, before
 * anything is written. The store writes on its own connections. A transaction with a snapshot would
 * not find the rows written, and would keep finding conditions met that no longer are.
 */
export async function mustSeeWrites({ drizzle }: Database): Promise<void> {
  if (!is(drizzle, PgTransaction)) return;
  const isolation = sql<string>`current_setting('transaction_isolation')`;
  const [row] = await drizzle.select({ isolation }).from(sql`(SELECT 1) AS "one"`);
  if (row === undefined || /^read (?:un)?committed$/.test(row.isolation)) return;
  throw new TypeError(
    `A transaction at isolation level "${row.isolation}" does not see what model calls write: ` +
      'pass the database itself, or a transaction at "read committed".',
  );
}
