import { afterLostRace, backOff } from '../shared/backoff.ts';
import { SkeinError } from '../shared/error.ts';
import type { Database } from './database.ts';
import {
  conditionFor,
  findTargets,
  hasCode,
  type Target,
  type ThreadOwner,
  type WriteOptions,
} from './find-targets.ts';
import { mustSeeWrites } from './must-see-writes.ts';
import type { KeyOf, ModelName } from './records.ts';
import { inChunks, runAll } from './run-all.ts';
import type { Conditions } from './conditions.ts';
import type { ProjectApi } from '../api/project-api.ts';

/**
 * Changes every row that meets the conditions, each at the version at which it met them: where another
 * write came between, the conditions are asked again. So of two that race for a row, one changes it.
 * Returns the keys of the rows that were changed.
 */
export async function changeEach<Name extends ModelName>(
  db: Database,
  name: Name,
  conditions: Conditions,
  options: WriteOptions | undefined,
  change: (target: Target<Name>) => Promise<unknown>,
): Promise<KeyOf<Name>[]> {
  await mustSeeWrites(db);
  const targets = await findTargets(db, name, conditions, options);
  const changed = await runAll(targets, async (target) => {
    const isChanged = await changeOne(db, name, conditions, target, change);
    return isChanged ? [target] : [];
  });
  return changed.flat();
}

async function changeOne<Name extends ModelName>(
  db: Database,
  name: Name,
  conditions: Conditions,
  first: Target<Name>,
  change: (target: Target<Name>) => Promise<unknown>,
): Promise<boolean> {
  let target: Target<Name> | undefined = first;
  for (let attempt = 1; target !== undefined; attempt++) {
    try {
      await change(target);
      return true;
    } catch (error) {
      if (hasCode(error, 'not_found')) return false; // somebody else deleted it
      if (!hasCode(error, 'precondition_failed')) throw error;
      if (!(await backOff(attempt, afterLostRace))) {
        throw new SkeinError('conflict', 'Others kept changing the row; try again.', {
          cause: error,
        });
      }
    }
    [target] = await findTargets(db, name, [...conditions, conditionFor(db, name, first)], {
      limit: 1,
    });
  }
  return false;
}

/**
 * Changes the rows that meet the conditions, those of a thread together, in steps of what one call of the
 * store takes. Returns the keys of the rows, but for those whose thread was deleted meanwhile.
 */
export async function changeByThread<Name extends Exclude<ModelName, 'threads'>>(
  db: Database,
  name: Name,
  conditions: Conditions,
  options: WriteOptions | undefined,
  change: (owner: ThreadOwner, targets: readonly Target<Name>[]) => Promise<unknown>,
): Promise<KeyOf<Name>[]> {
  await mustSeeWrites(db);
  const targets = await findTargets(db, name, conditions, options);
  const groups = Map.groupBy(targets, ({ owner }) => owner.threadId);
  const changed = await runAll([...groups.values()], async (group) => {
    const done: Target<Name>[] = [];
    for (const chunk of inChunks(group, rowsPerCall)) {
      try {
        await change(chunk[0]!.owner, chunk); // a chunk has at least one
      } catch (error) {
        if (hasCode(error, 'not_found')) return done;
        throw error;
      }
      done.push(...chunk);
    }
    return done;
  });
  return changed.flat();
}

/** Within what a store takes in one call unless it was told otherwise. */
const rowsPerCall = 500;

/** The store's own functions, with the rights of a thread's owner, who may do everything in it. */
export function asOwner(
  { store }: Database,
  { projectId, ownerId }: Omit<ThreadOwner, 'threadId'>,
): ProjectApi {
  return store.project(projectId).as({ userId: ownerId });
}
