import { notFound, SkeinError } from '../../shared/error.ts';
import {
  parseStoredThreadId,
  parseThreadId,
  storedThreadId,
  type ThreadAddress,
  type ThreadIdText,
} from '../../shared/ids.ts';
import type { ParticipantRow, ThreadRow } from '../../records/tables.ts';
import type { Reading, Requesting, Visiting, Writing } from '../base/core.ts';
import type { Member } from '../base/member.ts';
import { presentThread } from '../base/present-thread.ts';
import { can, canReadUnasked, hasGone, relationOf } from './can.ts';
import { callerOf, memberOf } from './member.ts';
import type { Action } from '../../api/access.ts';
import type { Principal } from '../../api/principal.ts';

/**
 * Throws unless the caller may do this to the thread of the draft. Returns the write with the
 * caller's standing, which it reads; synchronously where there is nothing to read. See `mustHead`
 * for the errors.
 */
export function authorize(
  requesting: Requesting,
  action: Action,
  head: ThreadRow = requesting.draft.head,
): Writing | Promise<Writing> {
  const { core, draft } = requesting;
  const member = mustMember(requesting, action, head);
  if (member instanceof Promise) {
    return member.then((principal) => ({ core, principal, draft }));
  }
  return { core, principal: member, draft };
}

/** Throws unless this member may do one thing more. */
export function authorizeMore(writing: Writing, action: Action): void | Promise<void>;
export function authorizeMore(
  visiting: Visiting,
  action: Action,
  head: ThreadRow,
): void | Promise<void>;
export function authorizeMore(
  visiting: Visiting & { readonly draft?: { readonly head: ThreadRow } },
  action: Action,
  head: ThreadRow = visiting.draft!.head,
): void | Promise<void> {
  return decide(visiting, action, head);
}

function mustMember(reading: Reading, action: Action, head: ThreadRow): Member | Promise<Member> {
  if (head.deletedAt !== undefined) throw missingThread(reading.principal);
  const member = memberOf(reading, head);
  if (member instanceof Promise) {
    return member.then((member) => decided({ ...reading, principal: member }, action, head));
  }
  return decided({ ...reading, principal: member }, action, head);
}

function decided(visiting: Visiting, action: Action, head: ThreadRow): Member | Promise<Member> {
  const deciding = decide(visiting, action, head);
  return deciding ? deciding.then(() => visiting.principal) : visiting.principal;
}

/** Asynchronous only where the host decides. */
function decide(visiting: Visiting, action: Action, head: ThreadRow): void | Promise<void> {
  const { principal } = visiting;
  const verdict = verdictOn(principal, action);
  if (verdict === 'yes') return undefined;
  if (verdict === 'no') throw refusal(principal);
  return askHost(visiting, action, head);
}

/** The verdict, where the host has been asked for it or need not be. */
function verdictOn(member: Member, action: Action): 'yes' | 'no' | 'host' {
  const { subject, participant, hostReads } = member.standing;
  const verdict = can(member, action, subject, participant);
  if (verdict !== 'host') return verdict;
  if (!(hostReads ?? canReadUnasked(subject))) return 'no';
  return action === 'read' ? 'yes' : 'host';
}

async function askHost(
  { core, principal }: Visiting,
  action: Action,
  head: ThreadRow,
): Promise<void> {
  if (await core.authorize?.(callerOf(principal), action, presentThread(head))) return;
  throw refusal(principal);
}

/**
 * A thread that the caller may not know of is `not_found`; one that it may see but not act on is
 * `forbidden`. An anonymous caller gets `unauthenticated` in both cases, so that the answer does
 * not tell whether the thread exists.
 */
function refusal(member: Member): SkeinError {
  if (!mayRead(member)) return missingThread(member);
  if (member.userId === undefined) return unauthenticated();
  return new SkeinError(
    'forbidden',
    'You may read this thread, but you may not do this. Ask its owner.',
  );
}

/** The error for a thread that does not exist, or that the caller may not know of. */
export function missingThread({ userId }: Principal): SkeinError {
  return userId === undefined ? unauthenticated() : notFound('The thread');
}

/** The caller's user id; throws `unauthenticated` for an anonymous caller. */
export function mustUserId(principal: Principal): string {
  if (principal.userId === undefined) throw unauthenticated();
  return principal.userId;
}

/** Throws unless the host's own program asks. */
export function mustBeServer(principal: Principal): void {
  if (principal.isServer) return;
  mustUserId(principal);
  throw new SkeinError('forbidden', 'Only a server key may do this.');
}

function unauthenticated(): SkeinError {
  return new SkeinError('unauthenticated', 'Sign in to do this: the request names no user.');
}

/** A visit to a thread whose head is known: the caller was allowed in. */
export interface Visit {
  readonly head: ThreadRow;
  readonly visiting: Visiting;
}

/**
 * A visit to a thread on which the caller may do this. Every read of a thread begins here. Throws
 * `not_found` for a thread that the caller may not know of and `forbidden` for one that it may see
 * but not act on; an anonymous caller gets `unauthenticated` in both cases.
 */
export function mustVisit(
  reading: Reading,
  action: Action,
  threadId: ThreadIdText,
): Promise<Visit> {
  return mustVisitAt(reading, action, addressOf(reading.principal, threadId));
}

/** Likewise of a thread that another row names. `undefined` is where no thread can be. */
export async function mustVisitAt(
  reading: Reading,
  action: Action,
  address: ThreadAddress | undefined,
): Promise<Visit> {
  const { core, principal } = reading;
  const head = address && (await core.writer.head(address));
  if (head === undefined) throw missingThread(principal);
  const member = mustMember(reading, action, head);
  // A page waits for nothing that is known.
  const known = member instanceof Promise ? await member : member;
  return { head, visiting: { core, principal: known } };
}

/**
 * The caller as it stands in a thread, whatever it may do there. `stored` is its row, if the
 * operation has read that already.
 */
export async function visit(
  reading: Reading,
  head: ThreadRow,
  stored?: { readonly row: ParticipantRow | undefined },
): Promise<Visiting> {
  const { core, principal } = reading;
  return { core, principal: await memberOf({ core, principal, ...(stored && { stored }) }, head) };
}

/** A thread that the caller wants to change, which takes a user, whatever the thread. */
export function mustTarget({ principal }: Reading, threadId: ThreadIdText): ThreadAddress {
  mustUserId(principal);
  return mustAddress(principal, threadId);
}

/** An invalid thread id is treated like a thread that does not exist. */
export function mustAddress(project: InProject, threadId: ThreadIdText): ThreadAddress {
  const address = addressOf(project, threadId);
  if (address === undefined) throw notFound('The thread');
  return address;
}

/** Where the project's thread with this id is; `undefined` if the id is invalid. */
export function addressOf(
  { projectId }: InProject,
  threadId: ThreadIdText,
): ThreadAddress | undefined {
  const id = parseThreadId(threadId);
  return id && storedThreadId(projectId, id);
}

type InProject = Pick<Principal, 'projectId'>;

/** The same for the operator, who has no project and names threads as rows do. */
export function mustStoredAddress(threadId: unknown): ThreadAddress {
  const id = parseStoredThreadId(threadId);
  if (id === undefined) throw notFound('The thread');
  return id;
}

/** What tells whose thread it is. */
type Whose = Pick<ThreadRow, 'ownerId' | 'mode' | 'hasOthers'>;

export function isOwner({ userId }: Principal, head: Pick<ThreadRow, 'ownerId'>): boolean {
  return userId !== undefined && userId === head.ownerId;
}

/**
 * Whether nothing in the thread is private from the caller: an assistant's thread is its owner's,
 * and so is one in which no other user has ever taken part. In every other thread an owner is one
 * reader among others.
 */
export function seesAll(principal: Principal, head: Whose): boolean {
  return isOwner(principal, head) && (head.mode === 'assistant' || isAlone(principal, head));
}

/**
 * Whether the caller may write what is not its own word. Where others take part,
 * only a server of the host writes for another user.
 */
export function maySpeakForAll(principal: Principal, head: ThreadRow): boolean {
  return principal.isServer === true || isAlone(principal, head);
}

/** Whether the caller owns the thread, and no other user has ever taken part. */
function isAlone(principal: Principal, head: Whose): boolean {
  const { mode, hasOthers = mode === 'public' || mode === 'feed' } = head; // absent in old rows
  return isOwner(principal, head) && !hasOthers;
}

/** Whether the caller may see the history: revisions, hidden and archived items. */
export function mayReadLog(member: Member): boolean {
  return verdictOn(member, 'readLog') === 'yes';
}

/** Whether the caller owns the thread or takes part in it. */
export function takesPart({ standing: { subject, participant }, ...principal }: Member): boolean {
  const relation = relationOf(principal, subject, participant);
  if (relation === 'muted') return !hasGone(subject, participant); // a mute stays
  return relation !== 'other' && relation !== 'banned' && relation !== 'anonymous';
}

/** Whether the caller leads the thread: may hide what others wrote, and end what others began. */
export function mayLead(member: Member): boolean {
  return verdictOn(member, 'hideItem') === 'yes';
}

export function mayListParticipants(member: Member): boolean {
  return verdictOn(member, 'listParticipants') === 'yes';
}

export function mayRead(member: Member): boolean {
  return verdictOn(member, 'read') === 'yes';
}

/** Unlisted threads are listed only for those who take part in them. */
export function mayList(member: Member): boolean {
  const { subject } = member.standing;
  return mayRead(member) && (subject.visibility === 'public' || takesPart(member));
}
