import { isNull } from 'drizzle-orm';
import type { ItemVisibility, NewItem } from '../api/item.ts';
import { invalid } from '../shared/error.ts';
import type { Database, Conditions } from './database.ts';
import { findOwners, readBack, type WriteOptions } from './find-targets.ts';
import type { ItemKey, ItemRecord } from './records.ts';
import { byThread, mustRows, runAll } from './run-all.ts';
import { selectRows, type SelectOptions } from './select-rows.ts';
import { asOwner, changeByThread, mustSeeWrites, publicIdOf } from './write-targets.ts';

export interface ItemInsert extends NewItem {
  readonly threadId: string;
}

export interface ItemPatch {
  /** Only the visibility can change. To edit the text, insert an item with `replacesId`. */
  readonly visibility: ItemVisibility;
}

/**
 * Appends items to their threads: one commit per thread, at most 1,000 items of a thread in one
 * call. Returns the rows in the order of the input. A `user` item without an author gets the
 * thread's owner. Throws `not_found` for a missing thread, and writes nothing then; throws
 * `key_conflict` for a key in use with other content.
 *
 * @example
 * const [item] = await insertItems(db, [{ threadId: thread.id, role: 'user', text: 'Hello' }]);
 */
export async function insertItems(
  db: Database,
  rows: readonly ItemInsert[],
): Promise<ItemRecord[]> {
  const groups = byThread(mustRows(rows));
  if (groups.length === 0) return [];
  await mustSeeWrites(db);
  const owners = await findOwners(
    db,
    groups.map(({ threadId }) => threadId),
  );
  const keys: ItemKey[] = [];
  await runAll(groups, async ({ threadId, inputs, positions }) => {
    const items = inputs.map(({ threadId: _threadId, ...item }) => item);
    const appended = await asOwner(db, owners.get(threadId)!).items.append(
      publicIdOf(threadId),
      items,
    );
    for (const [i, { id }] of appended.entries()) keys[positions[i]!] = { threadId, id };
  });
  return readBack(db, 'items', keys);
}

/**
 * The items that meet all conditions, at most `limit`, in the order of their threads' logs. The
 * rows are those of the log: they include revisions, hidden and redacted items, and the items that
 * a fork inherits are rows of its source. No conditions give the first page of the table.
 *
 * @example
 * const inThread = [eq(items.threadId, thread.id)];
 * const newest = await selectItems(db, inThread, { order: 'desc', limit: 50 });
 */
export function selectItems(
  db: Database,
  conditions: Conditions,
  options?: SelectOptions<'items'>,
): Promise<ItemRecord[]> {
  return selectRows(db, 'items', conditions, options);
}

/**
 * Shows, hides or archives the items that meet all conditions (at least one is required), each with
 * its revisions, in one commit per thread. Returns the matching rows as they are now.
 */
export async function updateItems(
  db: Database,
  conditions: Conditions,
  patch: ItemPatch,
  options?: WriteOptions,
): Promise<ItemRecord[]> {
  const { visibility } = mustPatch(patch);
  const keys = await changeByThread(
    { db, name: 'items', conditions },
    options,
    (owner, targets) => {
      const updates = targets.map(({ id }) => ({ id, visibility }));
      return asOwner(db, owner).items.update(publicIdOf(owner.threadId), updates);
    },
  );
  return readBack(db, 'items', keys);
}

function mustPatch(patch: ItemPatch): ItemPatch {
  for (const name of Object.keys(patch)) {
    if (name !== 'visibility')
      throw invalid(name, 'cannot be changed: of items only visibility can');
  }
  if (patch.visibility === undefined) throw invalid('visibility', 'must be given');
  return patch;
}

/**
 * Redacts the items that meet all conditions (at least one is required). The content of the items
 * and of their revisions is removed for good, also in forks that inherit it; the rows remain in the
 * log. Returns the keys of the items that were not redacted before.
 */
export async function deleteItems(
  db: Database,
  conditions: Conditions,
  options?: WriteOptions,
): Promise<ItemKey[]> {
  mustRows(conditions);
  const hasAny = conditions.some((condition) => condition !== undefined);
  const unredacted = hasAny ? [...conditions, isNull(db.tables.items.redactedAt)] : conditions;
  const keys = await changeByThread(
    { db, name: 'items', conditions: unredacted },
    options,
    (owner, targets) => {
      const ids = targets.map(({ id }) => id);
      return asOwner(db, owner).items.redact(publicIdOf(owner.threadId), ids);
    },
  );
  return keys.map(({ threadId, id }) => ({ threadId, id }));
}
