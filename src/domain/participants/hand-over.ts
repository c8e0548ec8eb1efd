import type { ThreadIdText } from '../../shared/ids.ts';
import type { HandOver } from '../../api/participant.ts';
import type { Thread } from '../../api/thread.ts';
import { invalid, SkeinError } from '../../shared/error.ts';
import { isAgentId, mustKnownKeys } from '../../shared/validate.ts';
import { authorize, authorizeMore, isOwner, mustTarget } from '../access/authorize.ts';
import type { Reading, Writing } from '../base/core.ts';
import { showThread } from '../head/show-thread.ts';
import {
  mustOtherUserId,
  ownerRow,
  participantIn,
  tellChange,
  writeParticipant,
} from './participant-rows.ts';

/**
 * See `ParticipantsApi.handOver`. The owner's call is an offer, which stands in the head until it
 * is accepted, replaced, or taken back with the owner's own id.
 */
export async function handOver(
  reading: Reading,
  threadId: ThreadIdText,
  input: HandOver,
): Promise<Thread> {
  const { core, principal } = reading;
  const id = mustTarget(reading, threadId);
  mustKnownKeys(input, new Set(['userId']), '');
  const to = mustOtherUserId(input.userId, 'userId');
  return core.writer.write(id, async (draft) => {
    const writing = await authorize({ core, principal, draft }, 'read');
    const accepts = to === principal.userId && draft.head.offeredTo === to;
    await (accepts ? accept(writing, to) : offer(writing, to));
    return showThread(reading, draft.head);
  });
}

async function offer(writing: Writing, userId: string): Promise<void> {
  const { draft } = writing;
  await authorizeMore(writing, 'giveOwner');
  if (draft.head.mode !== 'group' && draft.head.mode !== 'channel') {
    throw new SkeinError('conflict', 'Only a group or a channel can be handed over.');
  }
  if (isOwner({ projectId: draft.head.projectId, userId }, draft.head)) {
    if (draft.head.offeredTo !== undefined) draft.updateHead({ offeredTo: undefined });
    return;
  }
  const row = await participantIn(writing, userId);
  if (row?.state !== 'joined' || isAgentId(userId)) {
    throw invalid('userId', 'must be a person who takes part in the thread');
  }
  if (draft.head.offeredTo === userId) return;
  draft.updateHead({ offeredTo: userId });
}

async function accept(writing: Writing, userId: string): Promise<void> {
  const { draft } = writing;
  const { head } = draft;
  const row = await participantIn(writing, userId);
  if (row?.state !== 'joined') throw new SkeinError('conflict', 'The offer has ended.');
  const former = await participantIn(writing, head.ownerId);
  const before = former ?? ownerRow(head);
  writeParticipant(draft, { ...before, state: 'joined', role: 'moderator' }, former);
  writeParticipant(draft, { ...row, role: 'participant', mutedUntil: undefined }, row);
  draft.updateHead({ ownerId: userId, offeredTo: undefined, hasOthers: true });
  tellChange(draft, userId, userId);
  tellChange(draft, head.ownerId, userId);
}
