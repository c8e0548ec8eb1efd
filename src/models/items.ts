import { isNull } from 'drizzle-orm';
import type { ItemVisibility, NewItem } from '../api/item.ts';
import { invalid } from '../shared/error.ts';
import type { Database } from './database.ts';
import { findOwners, readBack, type WriteOptions } from './find-targets.ts';
import { mustSeeWrites } from './must-see-writes.ts';
import type { ItemKey, ItemRecord } from './records.ts';
import { byThread, mustRows, runAll } from './run-all.ts';
import type { Conditions } from './conditions.ts';
import { selectRows, type SelectOptions } from './select-rows.ts';
import { asOwner, changeByThread } from './write-targets.ts';

export interface ItemInsert extends NewItem {
  readonly threadId: string;
}

export interface ItemPatch {
  /** All that can be changed of an item: what it says is edited by inserting one with `replacesId`. */
  readonly visibility: ItemVisibility;
}

/**
 * Appends items to their threads, those of one thread in one commit, at most 1,000 of a thread in one call.
 * Returns their rows in the same order. An item of the role `user` that names no author is the owner's.
 * Throws `not_found`, with nothing written, for a thread that is not there, and `key_conflict` for a key in
 * use with other content.
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
  await runAll(groups, async ({ threadId, inputs, places }) => {
    const items = inputs.map(({ threadId: _threadId, ...item }) => item);
    const appended = await asOwner(db, owners.get(threadId)!).items.append(threadId, items);
    for (const [i, { id }] of appended.entries()) keys[places[i]!] = { threadId, id };
  });
  return readBack(db, 'items', keys);
}

/**
 * The items that meet all conditions, at most `limit` of them, in the order of their threads' logs. They
 * are rows of the log: revisions, hidden and redacted items are among them, and what a fork inherits are
 * rows of its source. An empty list of conditions gives the first page of the table.
 *
 * @example
 * const newest = await selectItems(db, [eq(items.threadId, thread.id)], { order: 'desc', limit: 50 });
 */
export function selectItems(
  db: Database,
  conditions: Conditions,
  options?: SelectOptions<'items'>,
): Promise<ItemRecord[]> {
  return selectRows(db, 'items', conditions, options);
}

/**
 * Shows, hides or archives the items that meet all conditions, of which there must be at least one, each
 * with its revisions, those of one thread together. Returns the rows that met them as they are now.
 */
export async function updateItems(
  db: Database,
  conditions: Conditions,
  patch: ItemPatch,
  options?: WriteOptions,
): Promise<ItemRecord[]> {
  const { visibility } = mustPatch(patch);
  const keys = await changeByThread(db, 'items', conditions, options, (owner, targets) => {
    const updates = targets.map(({ id }) => ({ id, visibility }));
    return asOwner(db, owner).items.update(owner.threadId, updates);
  });
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
 * Redacts the items that meet all conditions, of which there must be at least one: what they and their
 * revisions said is gone for good, wherever forks inherit it, and the rows stay in the log. Returns the
 * keys of those that were not redacted before.
 */
export async function deleteItems(
  db: Database,
  conditions: Conditions,
  options?: WriteOptions,
): Promise<ItemKey[]> {
  mustRows(conditions);
  const hasAny = conditions.some((condition) => condition !== undefined);
  const unredacted = hasAny ? [...conditions, isNull(db.tables.items.redactedAt)] : conditions;
  const keys = await changeByThread(db, 'items', unredacted, options, (owner, targets) => {
    const ids = targets.map(({ id }) => id);
    return asOwner(db, owner).items.redact(owner.threadId, ids);
  });
  return keys.map(({ threadId, id }) => ({ threadId, id }));
}
