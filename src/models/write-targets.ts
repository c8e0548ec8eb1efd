import { afterLostRace, backOff } from '../shared/backoff.ts';
import { SkeinError } from '../shared/error.ts';
import { publicThreadId, type StoredThreadId, type ThreadId } from '../shared/ids.ts';
import type { Database } from './database.ts';
import {
  conditionFor,
  findTargets,
  hasCode,
  type Target,
  type ThreadOwner,
  type WriteOptions,
} from './find-targets.ts';
import type { KeyOf, ModelName } from './records.ts';
import { inBatches, runAll } from './run-all.ts';
import type { Matching } from './select-rows.ts';
import type { ProjectApi } from '../api/project-api.ts';
import { is, sql } from 'drizzle-orm';
import { PgTransaction } from 'drizzle-orm/pg-core';

/**
 * Changes each row that meets the conditions, at the version at which it met them. If another write
 * came first, the conditions are checked again; so of two calls that race for a row, one changes
 * it. Returns the keys of the changed rows.
 */
export async function changeEach<Name extends ModelName>(
  matching: Matching<Name>,
  options: WriteOptions | undefined,
  change: (target: Target<Name>) => Promise<unknown>,
): Promise<KeyOf<Name>[]> {
  await mustSeeWrites(matching.db);
  const targets = await findTargets(matching, options);
  const changed = await runAll(targets, async (target) => {
    const isChanged = await changeOne(matching, target, change);
    return isChanged ? [target] : [];
  });
  return changed.flat();
}

async function changeOne<Name extends ModelName>(
  matching: Matching<Name>,
  first: Target<Name>,
  change: (target: Target<Name>) => Promise<unknown>,
): Promise<boolean> {
  const { db, name } = matching;
  const conditions = [...matching.conditions, conditionFor(db, name, first)];
  let target: Target<Name> | undefined = first;
  for (let attempt = 1; target !== undefined; attempt++) {
    try {
      await change(target);
      return true;
    } catch (error) {
      if (hasCode(error, 'not_found')) return false; // another call deleted it
      if (!hasCode(error, 'precondition_failed')) throw error;
      if (!(await backOff(attempt, afterLostRace))) {
        throw new SkeinError('conflict', 'Other calls kept changing the row; try again.', {
          cause: error,
        });
      }
    }
    [target] = await findTargets({ db, name, conditions }, { limit: 1 });
  }
  return false;
}

/**
 * Changes the rows that meet the conditions, those of a thread together, in chunks that one call of
 * the store accepts. Returns the keys of the rows, except those of threads deleted in the meantime.
 */
export async function changeByThread<Name extends Exclude<ModelName, 'threads'>>(
  matching: Matching<Name>,
  options: WriteOptions | undefined,
  change: (owner: ThreadOwner, targets: readonly Target<Name>[]) => Promise<unknown>,
): Promise<KeyOf<Name>[]> {
  await mustSeeWrites(matching.db);
  const targets = await findTargets(matching, options);
  const groups = Map.groupBy(targets, ({ owner }) => owner.threadId);
  const changed = await runAll([...groups.values()], async (group) => {
    const done: Target<Name>[] = [];
    for (const batch of inBatches(group, rowsPerCall)) {
      try {
        await change(batch[0]!.owner, batch); // a batch is never empty
      } catch (error) {
        if (hasCode(error, 'not_found')) return done;
        throw error;
      }
      done.push(...batch);
    }
    return done;
  });
  return changed.flat();
}

/** Within the default limits of one call of the store. */
const rowsPerCall = 500;

/** The store's API with the rights of a thread's owner, who may do everything in it. */
export function asOwner(
  { store }: Database,
  { projectId, ownerId }: Omit<ThreadOwner, 'threadId'>,
): ProjectApi {
  return store.project(projectId).as({ userId: ownerId });
}

/** The id by which the store's API knows the thread of a row. */
export function publicIdOf(threadId: string): ThreadId {
  return publicThreadId(threadId as StoredThreadId); // the columns of thread ids hold stored ones
}

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
