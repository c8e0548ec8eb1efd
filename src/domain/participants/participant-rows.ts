/** The rows of participants, as drafts change them and callers see them. */
import type { Participant } from '../../api/participant.ts';
import {
  answerRules,
  type AnswerRule,
  type NotifyLevel,
  type ParticipantRole,
  type ParticipantState,
} from '../../api/participation.ts';
import { participants, type ParticipantRow, type ThreadRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import { invalid } from '../../shared/error.ts';
import { publicThreadId } from '../../shared/ids.ts';
import { isoTime } from '../../shared/iso-time.ts';
import { isAgentId, mustOneOf, mustShortText } from '../../shared/validate.ts';
import type { Drafting } from '../base/core.ts';

/** A participant's row, as the draft leaves it. */
export async function participantIn(
  { core, draft }: Drafting,
  userId: string,
): Promise<ParticipantRow | undefined> {
  const key = [draft.head.id, userId];
  const written = draft.findVersioned(participants, key);
  return written ? written.row : core.records.get(participants, key);
}

/** The row of a user who begins to take part; what the user has set stays. */
export function joinedRow(
  { head, nowMs }: ThreadDraft,
  userId: string,
  stored: ParticipantRow | undefined,
): ParticipantRow {
  const base = stored ?? newRow(head, userId);
  const { mutedUntil } = base;
  return {
    ...base,
    state: 'joined',
    role: stored?.state === 'joined' ? base.role : 'participant',
    joinedAt: nowMs,
    addedBy: undefined,
    // Leaving does not end a mute.
    mutedUntil: mutedUntil !== undefined && mutedUntil > nowMs ? mutedUntil : undefined,
    // Agents have no lists of threads.
    ...(isAgentId(userId) ? {} : entryOf(head, nowMs)),
  };
}

/** A row before anything is known of the user. */
export function newRow({ id, projectId }: ThreadRow, userId: string): ParticipantRow {
  return {
    threadId: id,
    userId,
    projectId,
    role: 'participant',
    state: 'left',
    notify: 'all',
    pinned: false,
    readPosition: 0,
    joinedAt: 0,
    version: 0,
  };
}

/** Where the thread stands in the user's lists. */
export function entryOf(
  head: ThreadRow,
  nowMs: number,
): Pick<ParticipantRow, 'listedAt' | 'bigAt'> {
  if (isUnbounded(head)) return { listedAt: undefined, bigAt: nowMs };
  // The other person of a direct thread is to see it with its first item.
  const isWaiting = head.mode === 'direct' && head.itemCount === 0;
  return { listedAt: isWaiting ? undefined : head.listedAt, bigAt: undefined };
}

/** What grows with the audience of these threads is in the path of no append. */
export function isUnbounded({ mode }: Pick<ThreadRow, 'mode'>): boolean {
  return mode === 'channel' || mode === 'public';
}

/** Writes a row, as the next of its versions. */
export function writeParticipant(
  draft: ThreadDraft,
  row: ParticipantRow,
  stored: ParticipantRow | undefined,
): ParticipantRow {
  const next = { ...row, version: (stored?.version ?? 0) + 1 };
  draft.writeVersioned(participants, [row.threadId, row.userId], next, stored);
  return next;
}

/** Tells live readers of a participant, and guards what other processes are writing meanwhile. */
export function tellChange(draft: ThreadDraft, userId: string, authorId: string | undefined): void {
  // A change is about an item or a user; a key column cannot be absent.
  draft.addChange({ type: 'participant', itemId: noItem, userId, authorId });
}

/** Lets the other nouns end what a participant who may write no more is doing. */
export async function tellSilence(drafting: Drafting, userId: string): Promise<void> {
  for (const onSilence of drafting.core.hooks.onSilence) await onSilence(drafting, userId);
}

/** The `itemId` of a change that is about a user. */
const noItem = '' as Parameters<ThreadDraft['addChange']>[0]['itemId'];

export function presentParticipant(
  row: ParticipantRow,
  { ownerId }: Pick<ThreadRow, 'ownerId'>,
  readerId: string | undefined,
): Participant {
  const isOwner = row.userId === ownerId;
  // The operations of this folder have put these values into the row.
  const [role, state] = [row.role as ParticipantRole, row.state as ParticipantState];
  return {
    threadId: publicThreadId(row.threadId),
    userId: row.userId,
    role: isOwner ? 'owner' : role,
    state: isOwner ? 'joined' : state,
    ...(row.mutedUntil !== undefined && { mutedUntil: isoTime(row.mutedUntil) }),
    ...(row.answers !== undefined && { answers: row.answers as AnswerRule }) /* as the role */,
    joinedAt: isoTime(row.joinedAt),
    ...(row.addedBy !== undefined && { addedBy: row.addedBy }),
    ...(row.userId === readerId && {
      notify: row.notify as NotifyLevel /* as the role */,
      pinned: row.pinned,
    }),
  };
}

/** The owner of a thread that has no row of them: one that is older, or an assistant's. */
export function ownerRow(head: ThreadRow): ParticipantRow {
  return { ...newRow(head, head.ownerId), state: 'joined', joinedAt: head.createdAt };
}

/** The rule by which an agent answers; people have none. */
export function mustAnswerRule(userId: string, value: unknown, path: string): AnswerRule {
  if (!isAgentId(userId)) throw invalid(path, 'is for agents, whose ids begin with "agent:"');
  return mustOneOf(answerRules, value, path);
}

export function mustOtherUserId(value: unknown, path: string): string {
  return mustShortText(value, path);
}
