import type { EdgeType, NewEdge } from '../api/edge.ts';
import { invalid } from '../shared/error.ts';
import type { Database } from './database.ts';
import { findOwners, readBack, type WriteOptions } from './find-targets.ts';
import { mustSeeWrites } from './must-see-writes.ts';
import type { EdgeKey, EdgeRecord } from './records.ts';
import { byThread, mustRows, runAll } from './run-all.ts';
import type { Conditions } from './conditions.ts';
import { selectRows, type SelectOptions } from './select-rows.ts';
import { asOwner, changeByThread } from './write-targets.ts';

export interface EdgeInsert extends NewEdge {
  readonly threadId: string;
}

export interface EdgePatch {
  readonly type: EdgeType;
}

/**
 * Draws edges between items, those of one thread in one commit, at most 1,000 of a thread in one call.
 * Returns their rows in the same order; one that is there already is returned as it is. Throws
 * `not_found`, with nothing written, for a thread that is not there.
 */
export async function insertEdges(
  db: Database,
  rows: readonly EdgeInsert[],
  options: {
    /** Stored with what is written. Default: a new UUID a thread. */ readonly requestId?: string;
  } = {},
): Promise<EdgeRecord[]> {
  const groups = byThread(mustRows(rows));
  if (groups.length === 0) return [];
  await mustSeeWrites(db);
  const owners = await findOwners(
    db,
    groups.map(({ threadId }) => threadId),
  );
  await runAll(groups, ({ threadId, inputs }) => {
    const edges = inputs.map(({ threadId: _threadId, ...edge }) => edge);
    return asOwner(db, owners.get(threadId)!).edges.create(threadId, edges, options);
  });
  return readBack(db, 'edges', rows);
}

/** The edges that meet all conditions, at most `limit` of them. An empty list gives the first page of the table. */
export function selectEdges(
  db: Database,
  conditions: Conditions,
  options?: SelectOptions<'edges'>,
): Promise<EdgeRecord[]> {
  return selectRows(db, 'edges', conditions, options);
}

/**
 * Gives the edges that meet all conditions, of which there must be at least one, another type. Where there
 * is such an edge already, the two become one. Returns the rows as they are now.
 */
export async function updateEdges(
  db: Database,
  conditions: Conditions,
  patch: EdgePatch,
  options?: WriteOptions,
): Promise<EdgeRecord[]> {
  const { type } = mustPatch(patch);
  const keys = await changeByThread(db, 'edges', conditions, options, ({ threadId }, targets) => {
    const updates = targets.map((target) => ({ edge: toEdge(target), type }));
    return db.store.operator.edges.update(threadId, updates);
  });
  const changed = new Map(
    keys.map((key) => [`${key.threadId} ${key.fromItemId} ${key.toItemId}`, key]),
  );
  return readBack(
    db,
    'edges',
    [...changed.values()].map((key) => ({ ...key, type })),
  );
}

function mustPatch(patch: EdgePatch): EdgePatch {
  for (const name of Object.keys(patch)) {
    if (name !== 'type') throw invalid(name, 'cannot be changed: of edges only type can');
  }
  if (patch.type === undefined) throw invalid('type', 'must be given');
  return patch;
}

/** Removes the edges that meet all conditions, of which there must be at least one. Returns their keys. */
export async function deleteEdges(
  db: Database,
  conditions: Conditions,
  options?: WriteOptions,
): Promise<EdgeKey[]> {
  const keys = await changeByThread(db, 'edges', conditions, options, ({ threadId }, targets) => {
    return db.store.operator.edges.delete(threadId, targets.map(toEdge));
  });
  return keys.map((key) => ({ threadId: key.threadId, ...toEdge(key) }));
}

function toEdge({ fromItemId, toItemId, type }: EdgeKey): NewEdge {
  return { fromItemId, toItemId, type: type as EdgeType }; // stored edges have valid types
}
