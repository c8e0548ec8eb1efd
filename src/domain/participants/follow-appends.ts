import { takeOldAuthors } from '../../records/message-position.ts';
import type { ItemRow, OwnItem, ParticipantRow } from '../../records/tables.ts';
import type { Drafting } from '../base/core.ts';
import { followTime } from './follow-time.ts';
import { joinInDraft } from './join-and-leave.ts';
import { participantIn, writeParticipant } from './participant-rows.ts';

/**
 * Who writes takes part: in a public thread by joining it, in a direct one by coming back to it. A
 * direct thread appears in both people's lists with its first item. Synchronous where none of that
 * can happen.
 */
export function followAppends(drafting: Drafting, rows: readonly ItemRow[]): void | Promise<void> {
  const authors = followAuthors(drafting, rows);
  const following = authors ? authors.then(() => followTime(drafting)) : followTime(drafting);
  const taken = takeOldAuthors(drafting.draft.head);
  if (taken === undefined) return following;
  const { wrote, old } = taken;
  drafting.draft.head = { ...drafting.draft.head, wrote };
  return Promise.resolve(following).then(() => keepOwnItems(drafting, old));
}

function followAuthors(drafting: Drafting, rows: readonly ItemRow[]): void | Promise<void> {
  const { mode, ownerId, hasOthers } = drafting.draft.head;
  if (mode === 'assistant') return undefined;
  const authors = rows.flatMap(({ role, authorId }) => (role === 'user' && authorId) || []);
  const others = authors.filter((author) => author !== ownerId);
  if (mode === 'direct') return showDirect(drafting);
  if (others.length === 0) return undefined;
  if (mode === 'public') return joinAll(drafting, new Set(others));
  if (!hasOthers) {
    drafting.draft.head = { ...drafting.draft.head, hasOthers: true };
  }
  return undefined;
}

/**
 * The rows of those who have written, and whom the head can no longer remember, tell that they have
 * read their own items.
 */
async function keepOwnItems(drafting: Drafting, old: readonly OwnItem[]): Promise<void> {
  for (const { userId, itemId, position } of old) {
    const row = await participantIn(drafting, userId);
    const isNews = row && position >= row.readPosition && position > (row.unreadPosition ?? -1);
    if (!isNews) continue;
    const read = { readPosition: position, readItemId: itemId };
    writeParticipant(drafting.draft, { ...row, ...read }, row);
  }
}

async function joinAll(drafting: Drafting, userIds: ReadonlySet<string>): Promise<void> {
  for (const userId of userIds) {
    const row = await participantIn(drafting, userId);
    if (row?.state !== 'banned') await joinInDraft(drafting, userId);
  }
}

async function showDirect(drafting: Drafting): Promise<void> {
  const { draft } = drafting;
  const { ownerId, otherId } = draft.head;
  for (const userId of [ownerId, otherId]) {
    const row = userId === undefined ? undefined : await participantIn(drafting, userId);
    if (row && (row.state === 'left' || row.listedAt === undefined)) {
      const shown: ParticipantRow = { ...row, state: 'joined', listedAt: draft.head.listedAt };
      writeParticipant(draft, shown, row);
    }
  }
}
