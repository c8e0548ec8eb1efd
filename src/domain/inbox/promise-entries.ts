/** What appends and additions put into inboxes, as parts of their commits. */
import { newTask } from '../../records/new-task.ts';
import { put } from '../../records/records.ts';
import { inbox, taskQueue, type ItemRow, type ParticipantRow } from '../../records/tables.ts';
import { toMention } from '../../shared/mentions.ts';
import { isAgentId } from '../../shared/validate.ts';
import type { Drafting } from '../base/core.ts';
import { inviteEntryId } from './entry-key.ts';

/** How many items of the log one task looks at. */
export const itemsPerTask = 100;

/**
 * Promises to look whom these items are for. Nothing else is done on the way of an append: who is
 * mentioned may be fifty people in other partitions, and a host may have to be asked about them.
 */
export function promiseEntries({ draft }: Drafting, rows: readonly ItemRow[]): void {
  const { hasOthers = true, id } = draft.head;
  for (const row of rows) {
    if (row.private || !(isMentioning(row) || (hasOthers && isReply(row)))) continue;
    const covered = draft.promised.findLast(({ kind }) => kind === 'fill-inboxes')?.itemId;
    const from = covered && draft.findItem(covered)?.position;
    if (from !== undefined && row.position < from + itemsPerTask) continue;
    const task = newTask(draft.nowMs, { kind: 'fill-inboxes', threadId: id, itemId: row.id });
    draft.put(put(taskQueue, task, null));
  }
}

function isMentioning({ parts }: ItemRow): boolean {
  return parts.some((part) => toMention(part) !== undefined);
}

/** An item of a person or an agent that answers another item; a revision answers no more. */
export function isReply({ parentId, originalId, role, authorId }: ItemRow): boolean {
  if (parentId === undefined || originalId !== undefined || authorId === undefined) return false;
  return role === 'user' || isAgentId(authorId);
}

/** The news of being added. A direct thread makes itself known by its first item. */
export function putInvites({ draft }: Drafting, rows: readonly ParticipantRow[]): void {
  if (draft.head.mode === 'direct') return;
  for (const { projectId, userId, threadId, addedBy, joinedAt, notify } of rows) {
    if (addedBy === userId || notify === 'none' || isAgentId(userId)) continue;
    const row = {
      ...{ projectId, userId, id: inviteEntryId(joinedAt), threadId, kind: 'invite', addedBy },
      ...{ createdAt: joinedAt, unseenAt: joinedAt, version: 1 },
    };
    draft.put(put(inbox, row));
  }
}
