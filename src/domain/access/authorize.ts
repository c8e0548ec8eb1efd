import { notFound, SkeinError } from '../../shared/error.ts';
import { parseThreadId, type ThreadId } from '../../shared/ids.ts';
import type { ThreadRow } from '../../records/tables.ts';
import type { Reading } from '../base/core.ts';
import type { ThreadMode, ThreadVisibility } from '../../api/thread.ts';
import { presentThread } from '../base/present-thread.ts';
import { can, relationOf } from './can.ts';
import type { AccessSubject, Action, AuthorizeHook } from '../../api/access.ts';
import type { Principal } from '../../api/principal.ts';

/**
 * Throws unless the caller may do this. A thread that the caller may not know of is `not_found`;
 * one that it may see but not act on is `forbidden`. An anonymous caller gets `unauthenticated` in
 * both cases, so that the answer does not tell whether the thread exists. Returns synchronously
 * unless the host decides.
 */
export function authorize(
  { core, principal }: Reading,
  action: Action,
  head: ThreadRow,
): void | Promise<void> {
  if (head.deletedAt !== undefined) throw missingThread(principal);
  const subject = subjectOf(head);
  switch (can(principal, action, subject)) {
    case 'yes':
      return undefined;
    case 'no':
      throw refusal(principal, subject);
    case 'host':
      return askHost(core.authorize, principal, action, head);
  }
}

async function askHost(
  hook: AuthorizeHook | undefined,
  principal: Principal,
  action: Action,
  head: ThreadRow,
): Promise<void> {
  if (hook && (await hook(principal, action, presentThread(head)))) return;
  throw refusal(principal, subjectOf(head));
}

function refusal(principal: Principal, subject: AccessSubject): SkeinError {
  if (can(principal, 'read', subject) !== 'yes') return missingThread(principal);
  if (principal.userId === undefined) return unauthenticated();
  return new SkeinError(
    'forbidden',
    'You may read this thread, but you may not do this. Ask its owner.',
  );
}

/** The error for a thread that does not exist, or that the caller may not know of. */
function missingThread({ userId }: Principal): SkeinError {
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

/** The head of a thread on which the caller may do this. Every read of a thread begins here. */
export async function mustHead(
  reading: Reading,
  action: Action,
  threadId: string,
): Promise<ThreadRow> {
  const { core, principal } = reading;
  const id = parseThreadId(threadId);
  const head = id && (await core.writer.head(id));
  if (head === undefined) throw missingThread(principal);
  await authorize(reading, action, head);
  return head;
}

/** The id of a thread that the caller wants to change, which takes a user, whatever the thread. */
export function mustTarget({ principal }: Reading, threadId: unknown): ThreadId {
  mustUserId(principal);
  return mustThreadId(threadId);
}

/** An invalid thread id is treated like a thread that does not exist. */
export function mustThreadId(text: unknown): ThreadId {
  const id = parseThreadId(text);
  if (id === undefined) throw notFound('The thread');
  return id;
}

export function isOwner(principal: Principal, head: Pick<ThreadRow, 'ownerId'>): boolean {
  return relationOf(principal, head) === 'owner';
}

/** Whether the caller may see the history: revisions, hidden and archived items. */
export function mayReadLog(principal: Principal, head: ThreadRow): boolean {
  return head.deletedAt === undefined && can(principal, 'readLog', subjectOf(head)) === 'yes';
}

/** Whether the caller leads the thread: may hide what others wrote, and end what others began. */
export function mayLead(principal: Principal, head: ThreadRow): boolean {
  return can(principal, 'hideItem', subjectOf(head)) === 'yes';
}

export function mayRead(principal: Principal, head: ThreadRow): boolean {
  return head.deletedAt === undefined && can(principal, 'read', subjectOf(head)) === 'yes';
}

function subjectOf(head: ThreadRow): AccessSubject {
  // Rows hold what validation let through.
  const mode = head.mode as ThreadMode;
  return { ...head, mode, visibility: head.visibility as ThreadVisibility };
}
