import type { ThreadIdText } from '../../shared/ids.ts';
import type { Participant } from '../../api/participant.ts';
import {
  participantRoles,
  type AnswerRule,
  type NewParticipant,
  type ParticipantRole,
} from '../../api/participation.ts';
import type { Outcome, WriteOptions } from '../../api/write-options.ts';
import type { ParticipantRow } from '../../records/tables.ts';
import { invalid, SkeinError } from '../../shared/error.ts';
import { isAgentId, mustKnownKeys, mustOneOf } from '../../shared/validate.ts';
import { authorize, authorizeMore, mustTarget } from '../access/authorize.ts';
import type { Core, Drafting, Reading, Writing } from '../base/core.ts';
import { requestKey } from '../requests/idempotency.ts';
import { writeOnce } from '../requests/write-once.ts';
import { enterAgent, mustBeConfigured } from './agents-in-thread.ts';
import { bigThreadsMax, countBigThreads } from './big-threads.ts';
import {
  isUnbounded,
  joinedRow,
  mustAnswerRule,
  mustOtherUserId,
  ownerRow,
  participantIn,
  presentParticipant,
  tellChange,
  writeParticipant,
} from './participant-rows.ts';

/** Who is added in one call, at most. */
export const participantsPerRequestMax = 100;

/** A participant to add, validated. */
interface PreparedParticipant {
  readonly userId: string;
  readonly role: ParticipantRole | undefined;
  readonly answers: AnswerRule | undefined;
}

/** See `ParticipantsApi.add`. */
export async function addParticipants(
  reading: Reading,
  threadId: ThreadIdText,
  inputs: readonly NewParticipant[],
  options: WriteOptions = {},
): Promise<Outcome<Participant[]>> {
  const thread = mustTarget(reading, threadId);
  const prepared = prepareParticipants(reading.core, inputs);
  if (prepared.length === 0) return { data: [], replayed: false };
  const add = async (writing: Writing): Promise<Outcome<Participant[]>> => {
    const { draft, principal } = writing;
    const { rows, isNew } = await addToDraft(writing, prepared, principal.userId);
    const data = rows.map((row) => presentParticipant(row, draft.head, principal.userId));
    return { data, replayed: !isNew };
  };
  return writeOnce(reading, {
    thread,
    request: requestKey(reading.principal, options, () => ({ participants: inputs })),
    mustBeAllowed: async (requesting) => {
      const writing = await authorize(requesting, 'invite');
      if (prepared.some(({ role }) => role === 'moderator'))
        await authorizeMore(writing, 'setRole');
      return writing;
    },
    write: add,
    // A participant records itself: a retry is answered from the rows.
    idsOf: () => [],
    recall: add,
  });
}

export function prepareParticipants(
  core: Core,
  inputs: readonly NewParticipant[],
): PreparedParticipant[] {
  if (!Array.isArray(inputs)) throw invalid('participants', 'must be an array');
  if (inputs.length > participantsPerRequestMax) {
    const most = `must have at most ${participantsPerRequestMax} entries`;
    throw invalid('participants', most);
  }
  return inputs.map((input: NewParticipant, i) => {
    const path = `participants.${i}`;
    mustKnownKeys(input, knownKeys, path);
    const userId = mustOtherUserId(input.userId, `${path}.userId`);
    mustBeConfigured(core, userId, `${path}.userId`);
    const { role, answers } = input;
    const isAgent = isAgentId(userId);
    if (isAgent && role === 'moderator') {
      throw invalid(`${path}.role`, 'must be participant: an agent moderates nothing');
    }
    return {
      userId,
      role: role === undefined ? undefined : mustOneOf(participantRoles, role, `${path}.role`),
      answers:
        answers === undefined
          ? isAgent
            ? 'mentioned'
            : undefined
          : mustAnswerRule(userId, answers, `${path}.answers`),
    };
  });
}

const knownKeys: ReadonlySet<string> = new Set<keyof NewParticipant>(['userId', 'role', 'answers']);

/** Adds participants to the commit in the making, within the bound of the thread's mode. */
export async function addToDraft(
  drafting: Drafting,
  prepared: readonly PreparedParticipant[],
  addedBy: string | undefined,
): Promise<{ readonly rows: readonly ParticipantRow[]; readonly isNew: boolean }> {
  const rows: ParticipantRow[] = [];
  let isNew = false;
  for (const participant of prepared) {
    const added = await addOne(drafting, participant, addedBy);
    rows.push(added.row);
    isNew ||= added.isNew;
    if (added.isNew) tellInvited(drafting, added.row);
  }
  return { rows, isNew };
}

/** Another has let the user in. */
export function tellInvited(drafting: Drafting, row: ParticipantRow): void {
  for (const onInvite of drafting.core.hooks.onInvite) onInvite(drafting, [row]);
}

async function addOne(
  drafting: Drafting,
  { userId, role, answers }: PreparedParticipant,
  addedBy: string | undefined,
): Promise<{ readonly row: ParticipantRow; readonly isNew: boolean }> {
  const { draft } = drafting;
  const stored = await participantIn(drafting, userId);
  if (userId === draft.head.ownerId) return { row: stored ?? ownerRow(draft.head), isNew: false };
  if (stored?.state === 'joined') return { row: stored, isNew: false };
  const row = {
    ...joinedRow(draft, userId, stored),
    ...(role !== undefined && { role }),
    ...(answers !== undefined && { answers }),
    addedBy,
  };
  await enter(drafting, userId);
  const written = writeParticipant(draft, row, stored);
  // Only the leaders of a thread without a bound list those who join.
  const isTold = !isUnbounded(draft.head) || stored?.state === 'banned' || role === 'moderator';
  if (isTold && !draft.isNew) {
    tellChange(draft, userId, addedBy);
  }
  return { row: written, isNew: true };
}

/** Counts one more participant. Throws `conflict` where the thread or the user has no room. */
export async function enter({ core, draft }: Drafting, userId: string): Promise<void> {
  if (isAgentId(userId)) await enterAgent({ core, draft });
  else if (!draft.head.hasOthers) draft.head = { ...draft.head, hasOthers: true };
  const { head } = draft;
  // An agent has no lists, which a thread without a bound could make too long.
  if (isUnbounded(head))
    return isAgentId(userId) ? undefined : mustHaveRoom({ core, draft }, userId);
  const joinedCount = (head.joinedCount ?? 1) + 1;
  const most = head.mode === 'direct' ? 2 : core.limits.participantsMax;
  if (joinedCount > most) {
    throw new SkeinError(
      'conflict',
      `A thread of the mode ${head.mode} has at most ${most} participants. A channel has no bound.`,
    );
  }
  draft.head = { ...draft.head, joinedCount };
}

async function mustHaveRoom({ core, draft }: Drafting, userId: string): Promise<void> {
  const count = await countBigThreads(core, draft.head.projectId, userId);
  if (count < bigThreadsMax) return;
  throw new SkeinError(
    'conflict',
    `${userId} takes part in ${bigThreadsMax} channels and public threads already: leave one first.`,
  );
}
