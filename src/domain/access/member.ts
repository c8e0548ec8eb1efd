/** Where a caller stands in one thread, read in the same operation that acts on it. */
import type { AccessParticipant, AccessSubject } from '../../api/access.ts';
import type { Principal } from '../../api/principal.ts';
import type { ThreadMode, ThreadVisibility } from '../../api/thread.ts';
import { participants, type ParticipantRow, type ThreadRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import type { StoredThreadId } from '../../shared/ids.ts';
import { presentThread } from '../base/present-thread.ts';
import type { Core, Reading } from '../base/core.ts';
import type { Member } from '../base/member.ts';

/** Reads and writes: a write sees what earlier operations of its draft have changed. */
type Asking = Reading & { readonly draft?: ThreadDraft };

/**
 * The caller as it stands in a thread. Synchronous for its owner and for anonymous callers, of
 * whom nothing is stored, unless the host decides who reads the thread.
 */
export function memberOf(asking: Asking, head: ThreadRow): Member | Promise<Member> {
  const { core, principal } = asking;
  const subject = subjectOf(core, head);
  const { userId } = principal;
  const isKnown = userId === undefined || (userId === head.ownerId && !subject.belongsToProject);
  if (isKnown && subject.mode !== 'feed') return standing(principal, subject, head.id);
  return askAround(asking, head, subject);
}

/** The owner of a thread, for what the store itself does in the owner's name. */
export function ownerOf({ id, ownerId, projectId, ...head }: ThreadRow): Member {
  const mode = head.mode as ThreadMode; // rows hold what validation let through
  const subject = { projectId, ownerId, mode, visibility: 'private' } as const;
  return standing({ projectId, userId: ownerId, isServer: true }, subject, id);
}

/** A member at a newer head, while nothing has changed its own part in the thread. */
export function atHead(core: Core, member: Member, head: ThreadRow): Member {
  return { ...member, standing: { ...member.standing, subject: subjectOf(core, head) } };
}

/** What the rules look at of a thread. */
function subjectOf({ feeds }: Pick<Core, 'feeds'>, head: ThreadRow): AccessSubject {
  const { projectId, ownerId, scopeType } = head;
  // Rows hold what validation let through.
  const mode = head.mode as ThreadMode;
  const visibility = head.visibility as ThreadVisibility;
  const isRuled = mode === 'feed' && scopeType !== undefined && Object.hasOwn(feeds, scopeType);
  return { projectId, ownerId, mode, visibility, ...(isRuled && { belongsToProject: true }) };
}

function standing(
  principal: Principal,
  subject: AccessSubject,
  threadId: StoredThreadId,
  { participant, hostReads }: Partial<Pick<Member['standing'], 'participant' | 'hostReads'>> = {},
): Member {
  return { ...principal, standing: { threadId, subject, participant, hostReads } };
}

/** The caller as the host has identified it. */
export function callerOf(principal: Principal & Partial<Member>): Principal {
  const { standing: _standing, ...caller } = principal;
  return caller;
}

async function askAround(asking: Asking, head: ThreadRow, subject: AccessSubject): Promise<Member> {
  const { core, principal } = asking;
  const row = await participantOf(asking, head.id);
  const known = row && asParticipant(row, asking.draft?.nowMs ?? core.clock());
  const participant = known ?? guestOf(asking, head);
  const isAsked = subject.mode === 'feed' && participant === undefined;
  const hostReads =
    isAsked && core.authorize && head.deletedAt === undefined
      ? await core.authorize(callerOf(principal), 'read', presentThread(head))
      : undefined;
  return standing(principal, subject, head.id, { participant, hostReads });
}

/** The row of the caller, with what the draft has changed in it. */
async function participantOf(
  { core, principal, draft }: Asking,
  threadId: StoredThreadId,
): Promise<ParticipantRow | undefined> {
  if (principal.userId === undefined) return undefined;
  const key = [threadId, principal.userId];
  const written = draft?.findVersioned(participants, key);
  return written ? written.row : core.records.get(participants, key);
}

function asParticipant(row: ParticipantRow, nowMs: number): AccessParticipant {
  return {
    // The operations on participants have put these values into the row.
    role: row.role as 'moderator' | 'participant',
    state: row.state as 'joined' | 'left' | 'banned',
    isMuted: row.mutedUntil !== undefined && row.mutedUntil > nowMs,
  };
}

/** A signed-in user whom the feed's rule, or a claim of their token, lets take part. */
function guestOf({ core, principal }: Reading, head: ThreadRow): AccessParticipant | undefined {
  const { mode, scopeType, scopeId } = head;
  if (mode !== 'feed' || scopeType === undefined || principal.userId === undefined)
    return undefined;
  if (principal.projectId !== head.projectId) return undefined;
  const isForAll = Object.hasOwn(core.feeds, scopeType) && core.feeds[scopeType] === 'project';
  const isClaimed = principal.scopes?.some((scope) => opens(scope, scopeType, scopeId));
  return isForAll || isClaimed ? { role: 'participant' } : undefined;
}

/** Whether a claimed scope such as `ticket:T-101` or `ticket:*` is of this record. */
function opens(scope: string, scopeType: string, scopeId: string | undefined): boolean {
  if (!scope.startsWith(`${scopeType}:`)) return false;
  const named = scope.slice(scopeType.length + 1);
  return named === '*' || named === scopeId;
}
