/** What leaders change of others, and all may change of themselves. */
import type { ThreadIdText } from '../../shared/ids.ts';
import type { Participant, ParticipantUpdate } from '../../api/participant.ts';
import { notifyLevels, participantRoles } from '../../api/participation.ts';
import type { ParticipantRow } from '../../records/tables.ts';
import { invalid, notFound, SkeinError } from '../../shared/error.ts';
import { mustTime } from '../../shared/iso-time.ts';
import { mustBoolean, mustKnownKeys, mustOneOf } from '../../shared/validate.ts';
import { authorize, authorizeMore, mustTarget } from '../access/authorize.ts';
import type { Drafting, Reading, Writing } from '../base/core.ts';
import { enter, participantsPerRequestMax, tellInvited } from './add-participants.ts';
import {
  isUnbounded,
  joinedRow,
  mustAnswerRule,
  mustOtherUserId,
  ownerRow,
  participantIn,
  presentParticipant,
  tellChange,
  tellSilence,
  writeParticipant,
} from './participant-rows.ts';

/** See `ParticipantsApi.update`. */
export async function updateParticipants(
  reading: Reading,
  threadId: ThreadIdText,
  updates: readonly ParticipantUpdate[],
): Promise<Participant[]> {
  const { core, principal } = reading;
  const id = mustTarget(reading, threadId);
  mustBeFew(updates, 'updates');
  const prepared = updates.map(prepareUpdate);
  if (prepared.length === 0) return [];
  return core.writer.write(id, async (draft) => {
    const writing = await authorize({ core, principal, draft }, 'read');
    const rows: ParticipantRow[] = [];
    for (const update of prepared) rows.push(await updateOne(writing, update));
    return rows.map((row) => presentParticipant(row, draft.head, principal.userId));
  });
}

function mustBeFew(list: unknown, path: string): void {
  if (!Array.isArray(list)) throw invalid(path, 'must be an array');
  if (list.length > participantsPerRequestMax) {
    throw invalid(path, `must have at most ${participantsPerRequestMax} entries`);
  }
}

/** An update, validated. What is absent stays as it is. */
type Prepared = Omit<ParticipantUpdate, 'mutedUntil'> & { readonly mutedUntil?: number | null };

function prepareUpdate(input: ParticipantUpdate, i: number): Prepared {
  const path = `updates.${i}`;
  mustKnownKeys(input, knownKeys, path);
  const userId = mustOtherUserId(input.userId, `${path}.userId`);
  const { role, state, mutedUntil, answers, notify, pinned } = input;
  return {
    userId,
    ...(role !== undefined && { role: mustOneOf(participantRoles, role, `${path}.role`) }),
    ...(state !== undefined && { state: mustOneOf(['joined', 'banned'], state, `${path}.state`) }),
    ...(mutedUntil !== undefined && {
      mutedUntil: mutedUntil === null ? null : mustTime(mutedUntil, `${path}.mutedUntil`),
    }),
    ...(answers !== undefined && { answers: mustAnswerRule(userId, answers, `${path}.answers`) }),
    ...(notify !== undefined && { notify: mustOneOf(notifyLevels, notify, `${path}.notify`) }),
    ...(pinned !== undefined && { pinned: mustBoolean(pinned, `${path}.pinned`) }),
  };
}

const knownKeys: ReadonlySet<string> = new Set<keyof ParticipantUpdate>([
  'userId',
  'role',
  'state',
  'mutedUntil',
  'answers',
  'notify',
  'pinned',
]);

async function updateOne(writing: Writing, update: Prepared): Promise<ParticipantRow> {
  const { draft, principal } = writing;
  const { userId } = update;
  await mustMayUpdate(writing, update);
  const isOwner = userId === draft.head.ownerId;
  const stored = await participantIn(writing, userId);
  const known = stored ?? (isOwner ? ownerRow(draft.head) : undefined);
  // A stranger of a public thread can be banned or muted before they take part.
  const isKeptOut = update.state === 'banned' || typeof update.mutedUntil === 'number';
  if (known === undefined && !isKeptOut) throw notFound('The participant');
  const before = known ?? { ...joinedRow(draft, userId, undefined), state: 'left' };
  if (update.role !== undefined && before.state !== 'joined') {
    throw new SkeinError('conflict', `${userId} does not take part: add them first.`);
  }
  const state = await nextState(writing, before, update);
  const isLetIn = state === 'joined' && before.state !== 'joined';
  const { role, mutedUntil, answers, notify, pinned } = update;
  const row = {
    ...(isLetIn ? joinedRow(draft, userId, stored) : before),
    state,
    ...(state !== 'joined' && { role: 'participant', listedAt: undefined, bigAt: undefined }),
    ...(role !== undefined && { role }),
    ...(mutedUntil !== undefined && { mutedUntil: mutedUntil ?? undefined }),
    ...(answers !== undefined && { answers }),
    ...(notify !== undefined && { notify }),
    ...(pinned !== undefined && { pinned }),
  };
  const written = writeParticipant(draft, row, stored);
  if (isLetIn) tellInvited(writing, { ...written, addedBy: principal.userId });
  if (changesStanding(update)) tellChange(draft, userId, principal.userId);
  const isMuted = (row.mutedUntil ?? 0) > draft.nowMs;
  if (state === 'banned' || isMuted) await tellSilence(writing, userId);
  return written;
}

/** Whether it changes more than what each user sets for themselves. Null lifts a mute. */
function changesStanding({ role, state, mutedUntil, answers }: Prepared): boolean {
  return [role, state, mutedUntil, answers].some((value) => value !== undefined);
}

/** Who may change what of whom; see PEOPLE, section 3. */
async function mustMayUpdate(writing: Writing, update: Prepared): Promise<void> {
  const { draft, principal } = writing;
  const { userId, notify, pinned, role } = update;
  const isSelf = userId === principal.userId;
  if ((notify ?? pinned) !== undefined) {
    if (!isSelf) throw new SkeinError('forbidden', 'Pins and notifications are each user’s own.');
    await authorizeMore(writing, 'markRead');
  }
  if (!changesStanding(update)) {
    if (!isSelf) await authorizeMore(writing, 'invite');
    return;
  }
  await authorizeMore(writing, role === undefined ? 'remove' : 'setRole');
  if (userId === draft.head.ownerId) {
    throw new SkeinError('conflict', 'The owner of the thread cannot be changed so.');
  }
  if (role === undefined) await mustOutrank(writing, userId);
}

/** Moderators have no say over each other: the owner does. */
export async function mustOutrank(writing: Writing, userId: string): Promise<void> {
  const row = await participantIn(writing, userId);
  if (row?.state !== 'joined' || row.role !== 'moderator') return;
  if (userId !== writing.principal.userId) await authorizeMore(writing, 'setRole');
}

/** Counts those who enter and those who go. */
async function nextState(
  drafting: Drafting,
  before: ParticipantRow,
  { state, userId }: Prepared,
): Promise<string> {
  const next = state ?? before.state;
  if (next === before.state) return next;
  if (next === 'joined') await enter(drafting, userId);
  else if (before.state === 'joined') countOut(drafting);
  return next;
}

/** Counts one participant less. */
export function countOut({ draft }: Drafting): void {
  const { head } = draft;
  if (isUnbounded(head) || head.joinedCount === undefined) return;
  draft.head = { ...head, joinedCount: Math.max(1, head.joinedCount - 1) };
}
