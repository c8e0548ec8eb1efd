import type { ThreadIdText } from '../../shared/ids.ts';
import type { Participant } from '../../api/participant.ts';
import { headPosition } from '../../records/message-position.ts';
import type { ParticipantRow } from '../../records/tables.ts';
import { SkeinError } from '../../shared/error.ts';
import { mustShortTexts } from '../../shared/validate.ts';
import { authorize, authorizeMore, mustTarget, mustUserId } from '../access/authorize.ts';
import type { Drafting, Reading, Writing } from '../base/core.ts';
import { eraseThread } from '../head/erase-thread.ts';
import { enter } from './add-participants.ts';
import { countOut, mustOutrank } from './change-participants.ts';
import {
  isUnbounded,
  joinedRow,
  ownerRow,
  participantIn,
  presentParticipant,
  tellChange,
  tellSilence,
  writeParticipant,
} from './participant-rows.ts';

/** See `ParticipantsApi.join`. */
export async function joinThread(reading: Reading, threadId: ThreadIdText): Promise<Participant> {
  const { core, principal } = reading;
  const id = mustTarget(reading, threadId);
  const userId = mustUserId(principal);
  return core.writer.write(id, async (draft) => {
    const writing = await authorize({ core, principal, draft }, 'join');
    const row = await joinInDraft(writing, userId);
    return presentParticipant(row, draft.head, userId);
  });
}

/** The row of a user who takes part from now on, if they did not before. */
export async function joinInDraft(drafting: Drafting, userId: string): Promise<ParticipantRow> {
  const { draft } = drafting;
  const stored = await participantIn(drafting, userId);
  if (userId === draft.head.ownerId) return stored ?? ownerRow(draft.head);
  if (stored?.state === 'joined') return stored;
  await enter(drafting, userId);
  // Who comes by themselves has seen what they join.
  const { lastItemId: readItemId } = draft.head;
  const seen = readItemId && { readItemId, readPosition: headPosition(draft.head) };
  return writeParticipant(draft, { ...joinedRow(draft, userId, stored), ...seen }, stored);
}

/** See `ParticipantsApi.leave`. */
export async function leaveThread(reading: Reading, threadId: ThreadIdText): Promise<void> {
  const { core, principal } = reading;
  const id = mustTarget(reading, threadId);
  const userId = mustUserId(principal);
  await core.writer.write(id, async (draft) => {
    await leaveInDraft(await authorize({ core, principal, draft }, 'read'), userId);
  });
}

async function leaveInDraft(writing: Writing, userId: string): Promise<void> {
  const { draft } = writing;
  if (userId === draft.head.ownerId && draft.head.mode !== 'direct') {
    throw new SkeinError(
      'conflict',
      'The owner cannot leave: hand the thread over first (POST …/owner), or delete it.',
    );
  }
  await authorizeMore(writing, 'leave');
  await takeOut(writing, userId);
}

/** See `ParticipantsApi.remove`. */
export async function removeParticipants(
  reading: Reading,
  threadId: ThreadIdText,
  userIds: readonly string[],
): Promise<void> {
  const { core, principal } = reading;
  const id = mustTarget(reading, threadId);
  const removed = mustShortTexts(userIds, 'userIds');
  if (removed.length === 0) return;
  await core.writer.write(id, async (draft) => {
    const writing = await authorize({ core, principal, draft }, 'read');
    for (const userId of removed) await removeOne(writing, userId);
  });
}

async function removeOne(writing: Writing, userId: string): Promise<void> {
  const { draft, principal } = writing;
  if (userId === principal.userId) return leaveInDraft(writing, userId);
  await authorizeMore(writing, 'remove');
  if (userId === draft.head.ownerId) {
    throw new SkeinError('conflict', 'The owner of the thread cannot be removed.');
  }
  await mustOutrank(writing, userId);
  await takeOut(writing, userId);
}

/**
 * Takes a user out of the thread. It changes nothing for one who does not take part, so that a
 * retry succeeds. A direct thread that both have left is deleted.
 */
export async function takeOut(writing: Writing, userId: string): Promise<void> {
  const { draft, principal } = writing;
  const stored = await participantIn(writing, userId);
  const isOwner = userId === draft.head.ownerId;
  const row = stored ?? (isOwner ? ownerRow(draft.head) : undefined);
  if (row?.state !== 'joined') return;
  const left = { role: 'participant', state: 'left', listedAt: undefined, bigAt: undefined };
  writeParticipant(draft, { ...row, ...left }, stored);
  await tellSilence(writing, userId);
  if (draft.head.otherId !== undefined && (await isDeserted(writing))) return eraseThread(writing);
  if (draft.head.mode !== 'direct') countOut(writing);
  // Those who leave a thread without a bound by themselves lose nothing that they do not know of.
  if (!isUnbounded(draft.head) || userId !== principal.userId) {
    tellChange(draft, userId, principal.userId);
  }
}

/** Whether both people have left a direct thread. */
async function isDeserted(drafting: Drafting): Promise<boolean> {
  const { ownerId, otherId } = drafting.draft.head;
  const owner = await participantIn(drafting, ownerId);
  const other = otherId === undefined ? undefined : await participantIn(drafting, otherId);
  return owner?.state === 'left' && other?.state === 'left';
}
