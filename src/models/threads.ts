import { storedThreadId, type ThreadId } from '../shared/ids.ts';
import type { NewThread, ThreadPatch } from '../api/thread.ts';
import type { Database, Conditions } from './database.ts';
import { readBack, type WriteOptions } from './find-targets.ts';
import type { ThreadKey, ThreadRecord } from './records.ts';
import { mustRows, runAll } from './run-all.ts';
import { selectRows, type SelectOptions } from './select-rows.ts';
import { asOwner, changeEach, mustSeeWrites, publicIdOf } from './write-targets.ts';

export interface ThreadInsert extends NewThread {
  /** The user who may do everything with the thread. Default `local`. */
  readonly ownerId?: string;
  /** Default `default`. */
  readonly projectId?: string;
}

/**
 * Creates threads, each with its first items in one commit. Returns the rows in the order of the
 * input. The same thread again returns the first; the same id with other content throws `conflict`.
 *
 * @example
 * const scope = { scopeType: 'ticket', scopeId: 'T-101' };
 * const [thread] = await insertThreads(db, [{ ownerId: 'u1', ...scope }]);
 */
export async function insertThreads(
  db: Database,
  rows: readonly ThreadInsert[],
): Promise<ThreadRecord[]> {
  if (mustRows(rows).length > 0) await mustSeeWrites(db);
  const created = await runAll(rows, async (row) => {
    const { ownerId = 'local', projectId = 'default', ...thread } = row;
    const { data } = await asOwner(db, { projectId, ownerId }).threads.createWithOutcome(thread);
    return { id: data.id, projectId };
  });
  return readCreated(db, created);
}

/** The rows of threads; an older version may have stored one without its project. */
async function readCreated(
  db: Database,
  created: readonly { readonly id: ThreadId; readonly projectId: string }[],
): Promise<ThreadRecord[]> {
  const idsOf = ({ id, projectId }: (typeof created)[number]): readonly string[] => [
    ...new Set<string>([storedThreadId(projectId, id), id]),
  ];
  const keys = [...new Set(created.flatMap(idsOf))].map((id) => ({ id }));
  const rows = await readBack(db, 'threads', keys);
  const rowOf = (thread: (typeof created)[number]): ThreadRecord | undefined => {
    const ids = idsOf(thread);
    return rows.find((row) => row.projectId === thread.projectId && ids.includes(row.id));
  };
  return created.map(rowOf).filter((row) => row !== undefined);
}

/**
 * The threads that meet all conditions, at most `limit`, without deleted ones. No conditions give
 * the first page of the table.
 *
 * @example
 * const recent = await selectThreads(db, [eq(threads.ownerId, 'u1')], {
 *   orderBy: ['listedAt'], order: 'desc', limit: 50,
 * });
 */
export function selectThreads(
  db: Database,
  conditions: Conditions,
  options?: SelectOptions<'threads'>,
): Promise<ThreadRecord[]> {
  return selectRows(db, 'threads', conditions, options);
}

/**
 * Changes the threads that meet all conditions (at least one is required), each in its own commit.
 * `metadata` is a JSON merge patch. Returns the changed rows.
 *
 * @example
 * await updateThreads(db, [eq(threads.scopeId, 'T-101')], { archived: true });
 */
export async function updateThreads(
  db: Database,
  conditions: Conditions,
  patch: ThreadPatch,
  options?: WriteOptions,
): Promise<ThreadRecord[]> {
  const keys = await changeEach(
    { db, name: 'threads', conditions },
    options,
    ({ id, owner, version }) => {
      return asOwner(db, owner).threads.update([
        { ...patch, id: publicIdOf(id), ifVersion: version },
      ]);
    },
  );
  return readBack(db, 'threads', keys);
}

/**
 * Deletes the threads that meet all conditions (at least one is required), with everything in them;
 * forks keep what they inherited. Returns the keys of the threads that this call deleted.
 */
export async function deleteThreads(
  db: Database,
  conditions: Conditions,
  options?: WriteOptions,
): Promise<ThreadKey[]> {
  const keys = await changeEach(
    { db, name: 'threads', conditions },
    options,
    ({ id, owner, version }) => {
      return asOwner(db, owner).threads.delete([publicIdOf(id)], { ifVersion: version });
    },
  );
  return keys.map(({ id }) => ({ id }));
}
