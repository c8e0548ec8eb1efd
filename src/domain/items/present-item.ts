import type { ChangeRow, ItemRow, ThreadRow } from '../../records/tables.ts';
import { publicThreadId, type ThreadAddress } from '../../shared/ids.ts';
import { isoTime } from '../../shared/iso-time.ts';
import type { Visiting } from '../base/core.ts';
import type { ShownRow } from '../log/item-view.ts';
import { annotatedId, readReactions, type ReactionsOf } from './shown-reactions.ts';
import type { Change, ChangeType, Item, ItemVisibility, Role } from '../../api/item.ts';

/**
 * A row as callers see it through this thread. Fields are assigned one by one: spreads of
 * optional ones take twenty times as long, and this runs for every item of every page and context.
 */
export function presentItem(
  row: ItemRow,
  thread: ThreadAddress,
  reactions?: ReactionsOf,
  pins?: ThreadRow['pins'],
): Item {
  const item: Partial<Assignable<Item>> = { id: row.id, threadId: publicThreadId(thread) };
  if (row.authorId !== undefined) item.authorId = row.authorId;
  // Validation checked these before they were stored.
  item.role = row.role as Role;
  item.parts = row.parts;
  if (row.runId !== undefined) item.runId = row.runId;
  if (row.spanId !== undefined) item.spanId = row.spanId;
  if (row.parentId !== undefined) item.parentId = row.parentId;
  item.visibility = row.visibility as ItemVisibility; // as the role
  item.private = row.private;
  if (row.sawPrivate) item.sawPrivate = true;
  item.attempt = row.attempt;
  item.requestId = row.requestId;
  if (row.key !== undefined) item.key = row.key;
  if (row.replacesId !== undefined) item.replacesId = row.replacesId;
  if (row.replacedById !== undefined) item.replacedById = row.replacedById;
  if (row.redactedAt !== undefined) item.redactedAt = isoTime(row.redactedAt);
  item.metadata = row.metadata;
  item.createdAt = isoTime(row.createdAt);
  const reacted = reactions?.get(annotatedId(row));
  if (reacted !== undefined) item.reactions = reacted;
  if (pins?.includes(annotatedId(row))) item.pinned = true;
  return item as Item; // has every field that is not optional
}

/** A row with the reactions to it, which are read if it has any. */
export async function showItem(reading: Visiting, head: ThreadRow, row: ItemRow): Promise<Item> {
  const pending = readReactions(reading, head, [row]);
  return presentItem(row, head.id, pending && (await pending), head.pins);
}

/** Likewise many, as a view shows them: asynchronous only where there are reactions to read. */
export function showRows(
  reading: Visiting,
  head: ThreadRow,
  seen: readonly (ShownRow | undefined)[],
): ShownItems | Promise<ShownItems> {
  const rows = seen.map((row) => row?.shown);
  const pending = readReactions(reading, head, rows);
  const present = (reactions?: ReactionsOf): ShownItems =>
    rows.map((row) => row && presentItem(row, head.id, reactions, head.pins));
  return pending ? pending.then(present) : present();
}

type ShownItems = (Item | undefined)[];

type Assignable<T> = { -readonly [Name in keyof T]: T[Name] };

export function presentChange(row: ChangeRow): Change {
  return {
    version: row.version,
    type: row.type as ChangeType, // as above
    itemId: row.itemId,
    ...(row.revisionId !== undefined && { revisionId: row.revisionId }),
    ...(row.authorId !== undefined && { authorId: row.authorId }),
    createdAt: isoTime(row.createdAt),
  };
}
