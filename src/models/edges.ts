import type { EdgeType, NewEdge } from '../api/edge.ts';
import { invalid } from '../shared/error.ts';
import type { Database, Conditions } from './database.ts';
import { findOwners, readBack, type WriteOptions } from './find-targets.ts';
import type { EdgeKey, EdgeRecord } from './records.ts';
import { byThread, mustRows, runAll } from './run-all.ts';
import { selectRows, type SelectOptions } from './select-rows.ts';
import { asOwner, changeByThread, mustSeeWrites, publicIdOf } from './write-targets.ts';

export interface EdgeInsert extends NewEdge {
  readonly threadId: string;
}

export interface EdgePatch {
  readonly type: EdgeType;
}

/**
 * Inserts edges between items: one commit per thread, at most 1,000 edges of a thread in one call.
 * Returns the rows in the order of the input; an edge that exists is returned unchanged. Throws
 * `not_found` for a missing thread, and writes nothing then.
 */
export async function insertEdges(
  db: Database,
  rows: readonly EdgeInsert[],
  options: {
    /** Stored with each row. Default: a new UUID per thread. */
    readonly requestId?: string;
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
    const owner = asOwner(db, owners.get(threadId)!);
    return owner.edges.create(publicIdOf(threadId), edges, options);
  });
  return readBack(db, 'edges', rows);
}

/**
 * The edges that meet all conditions, at most `limit`. No conditions give the first page of the
 * table.
 */
export function selectEdges(
  db: Database,
  conditions: Conditions,
  options?: SelectOptions<'edges'>,
): Promise<EdgeRecord[]> {
  return selectRows(db, 'edges', conditions, options);
}

/**
 * Changes the type of the edges that meet all conditions (at least one is required). An edge that
 * becomes equal to another merges with it. Returns the rows as they are now.
 */
export async function updateEdges(
  db: Database,
  conditions: Conditions,
  patch: EdgePatch,
  options?: WriteOptions,
): Promise<EdgeRecord[]> {
  const { type } = mustPatch(patch);
  const keys = await changeByThread(
    { db, name: 'edges', conditions },
    options,
    ({ threadId }, targets) => {
      const updates = targets.map((target) => ({ edge: toEdge(target), type }));
      return db.store.operator.edges.update(threadId, updates);
    },
  );
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

/** Deletes the edges that meet all conditions (at least one is required). Returns their keys. */
export async function deleteEdges(
  db: Database,
  conditions: Conditions,
  options?: WriteOptions,
): Promise<EdgeKey[]> {
  const keys = await changeByThread(
    { db, name: 'edges', conditions },
    options,
    ({ threadId }, targets) => {
      return db.store.operator.edges.delete(threadId, targets.map(toEdge));
    },
  );
  return keys.map((key) => ({ threadId: key.threadId, ...toEdge(key) }));
}

function toEdge({ fromItemId, toItemId, type }: EdgeKey): NewEdge {
  return { fromItemId, toItemId, type: type as EdgeType }; // a stored edge has a valid type
}
