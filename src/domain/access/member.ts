/** Where a caller stands in one thread, read in the same operation that acts on it. */
import type { AccessParticipant, AccessSubject } from '../../api/access.ts';
import type { Principal } from '../../api/principal.ts';
import type { ThreadMode, ThreadVisibility } from '../../api/thread.ts';
import {
  participants,
  shares,
  type ParticipantRow,
  type ShareRow,
  type ThreadRow,
} from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import { isUuidV7, publicThreadId, type StoredThreadId } from '../../shared/ids.ts';
import { presentThread } from '../base/present-thread.ts';
import type { Core, Reading } from '../base/core.ts';
import type { LinkReader, Member } from '../base/member.ts';

/** Reads and writes: a write sees what earlier operations of its draft have changed. */
type Asking = Reading & {
  readonly draft?: ThreadDraft;
  /** The caller's row, where the operation has read it already. */
  readonly stored?: { readonly row: ParticipantRow | undefined };
};

/**
 * The caller as it stands in a thread. Synchronous for its owner and for anonymous callers, of
 * whom nothing is stored, unless the host decides who reads the thread.
 */
export function memberOf(asking: Asking, head: ThreadRow): Member | Promise<Member> {
  const { core, principal } = asking;
  const subject = subjectOf(core, head, principal);
  const { link } = principal as Partial<LinkReader>; // of any principal it is absent
  if (link) return byLink(asking, subject, link);
  const { userId } = principal;
  const isKnown = userId === undefined || (userId === head.ownerId && !subject.belongsToProject);
  if (isKnown && subject.mode !== 'feed') return standing(principal, subject, head.id);
  return askAround(asking, head, subject);
}

/** What a link shows is read as what is public; where the link has ended, as what is private. */
async function byLink(
  { core, principal, draft }: Asking,
  subject: AccessSubject,
  { threadId, shareId }: LinkReader['link'],
): Promise<Member> {
  const row = await core.records.get(shares, [threadId, shareId]);
  const isOpen = row !== undefined && isLinkOpen(row, draft?.nowMs ?? core.clock());
  const visibility = isOpen ? 'public' : 'private';
  return standing(principal, { ...subject, mode: 'assistant', visibility }, threadId);
}

/** Whether a link still opens its thread. */
export function isLinkOpen({ revokedAt, expiresAt }: ShareRow, nowMs: number): boolean {
  return revokedAt === undefined && (expiresAt === undefined || expiresAt > nowMs);
}

/** The owner of a thread, for what the store itself does in the owner's name. */
export function ownerOf(head: ThreadRow): Member {
  const { id, ownerId, projectId } = head;
  const mode = head.mode as ThreadMode; // rows hold what validation let through
  const subject = { projectId, ownerId, mode, visibility: 'private' } as const;
  return standing({ projectId, userId: ownerId, isServer: true }, subject, id);
}

/**
 * A member at a newer head, while no participant of the thread has changed. What the host says, and
 * whether a link is good, may change without that, and is asked for again.
 */
export function atHead(core: Core, member: Member, head: ThreadRow): Member | Promise<Member> {
  const isAskedFor = member.standing.hostReads !== undefined || 'link' in member;
  if (isAskedFor) return memberOf({ core, principal: member }, head);
  return { ...member, standing: { ...member.standing, subject: subjectOf(core, head, member) } };
}

/** What the rules look at of a thread. */
function subjectOf(
  { feeds }: Pick<Core, 'feeds'>,
  head: ThreadRow,
  principal: Principal,
): AccessSubject {
  const { projectId, ownerId, scopeType } = head;
  // Rows hold what validation let through.
  const mode = head.mode as ThreadMode;
  const visibility = isUnnamed(head, principal) ? 'private' : (head.visibility as ThreadVisibility);
  const subject: AccessSubject = { projectId, ownerId, mode, visibility };
  const isRuled = mode === 'feed' && scopeType !== undefined && Object.hasOwn(feeds, scopeType);
  return isRuled ? { ...subject, belongsToProject: true } : subject;
}

/**
 * An unlisted thread is private to a caller that names neither its link key nor an id that only the
 * server can have made. One with neither of them could be guessed.
 */
function isUnnamed(
  { id, visibility, linkKey, createdHash }: ThreadRow,
  caller: Principal,
): boolean {
  if (visibility !== 'unlisted' || linkKey === undefined || caller.linkKey === linkKey)
    return false;
  return createdHash !== undefined || !isUuidV7(publicThreadId(id));
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
  // The row of a guest only keeps what they have set.
  const isOnlyKept = known === undefined || known.state === 'left';
  const guest = isOnlyKept ? guestOf(asking, head) : undefined;
  const participant = guest ? { ...guest, isMuted: known?.isMuted ?? false } : known;
  const isAsked = subject.mode === 'feed' && isOnlyKept && guest === undefined;
  const hostReads =
    isAsked && core.authorize && head.deletedAt === undefined
      ? await core.authorize(callerOf(principal), 'read', presentThread(head))
      : undefined;
  return standing(principal, subject, head.id, { participant, hostReads });
}

/** The row of the caller, with what the draft has changed in it. */
async function participantOf(
  { core, principal, draft, stored }: Asking,
  threadId: StoredThreadId,
): Promise<ParticipantRow | undefined> {
  if (stored) return stored.row;
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
