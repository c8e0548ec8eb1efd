import { participants, type ParticipantRow } from '../../records/tables.ts';
import type { Drafting } from '../base/core.ts';
import { isUnbounded, participantIn, writeParticipant } from './participant-rows.ts';

/** How many participants' entries move with a thread in one second, at most. */
const movesMax = 10;

/** By how much the entries of a busy thread of 1,000 are behind it, in milliseconds. */
export const behindMaxMs = 101_000;

/**
 * Moves the thread in its participants' lists, once a second, in the commit of an append. Of more
 * than ten participants those whose turn it is: the head remembers the place in their list, so that
 * any server goes on from there. Nothing moves where the thread has no bound.
 */
export function followTime(drafting: Drafting): void | Promise<void> {
  const { draft } = drafting;
  const { head } = draft;
  const count = head.mode === 'direct' ? 2 : (head.joinedCount ?? 1);
  if (isUnbounded(head) || count < 2 || draft.isNew || head.movedAt === head.listedAt) return;
  return moveSome(drafting);
}

async function moveSome(drafting: Drafting): Promise<void> {
  const { core, draft } = drafting;
  const { id, listedAt, movedTo } = draft.head;
  const range = { prefix: [id], limit: movesMax };
  const rows = await core.records.scan(participants, {
    ...range,
    ...(movedTo !== undefined && { after: [movedTo] }),
  });
  if (rows.length < movesMax && movedTo !== undefined) {
    const known = new Set(rows.map(({ userId }) => userId));
    const first = await core.records.scan(participants, range);
    rows.push(...first.filter(({ userId }) => !known.has(userId)).slice(0, movesMax - rows.length));
  }
  for (const { userId } of rows) {
    const row = await participantIn(drafting, userId);
    if (row && isBehind(row, listedAt)) writeParticipant(draft, { ...row, listedAt }, row);
  }
  draft.head = { ...draft.head, movedAt: listedAt, movedTo: rows.at(-1)?.userId };
}

function isBehind(row: ParticipantRow, listedAt: number | undefined): boolean {
  return row.state === 'joined' && row.listedAt !== undefined && row.listedAt < (listedAt ?? 0);
}
