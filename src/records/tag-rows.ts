import type { Delete, Put } from '../engine/engine.ts';
import { deletion, put } from './records.ts';
import { tags, type TagRow, type ThreadRow } from './tables.ts';

/** The rows of a thread in the lists of its tags. */
export function tagRowsOf(head: ThreadRow): TagRow[] {
  const { listedAt } = head;
  if (listedAt === undefined || head.tags.length === 0) return [];
  const { id: threadId, projectId, ownerId, archived } = head;
  return head.tags.map((tag) => ({ threadId, tag, projectId, ownerId, archived, listedAt }));
}

/** Updates the thread's entries in the lists of its tags, if its position there changed. */
export function moveTags(base: ThreadRow, head: ThreadRow, puts: Put[], deletes: Delete[]): void {
  if (base.tags.length + head.tags.length === 0) return;
  const before = new Map(tagRowsOf(base).map((row) => [row.tag, row]));
  for (const row of tagRowsOf(head)) {
    const old = before.get(row.tag);
    before.delete(row.tag);
    const isSame =
      old?.listedAt === row.listedAt &&
      old.archived === row.archived &&
      old.ownerId === row.ownerId;
    if (!isSame) puts.push(put(tags, row, old ?? null));
  }
  for (const old of before.values()) deletes.push(deletion(tags, [old.threadId, old.tag], old));
}
