import type { Principal } from './principal.ts';
import type { Thread, ThreadMode, ThreadVisibility } from './thread.ts';

/**
 * What a caller may want to do with a thread. `readLog` reads the history, with the revisions of
 * others, hidden and archived items. `keepState` stores an agent's state, which contains the
 * history and appears as items.
 */
export type Action =
  | 'read'
  | 'readLog'
  | 'append'
  | 'keepState'
  | 'rename'
  | 'setVisibility'
  | 'setMode'
  | 'giveOwner'
  | 'share'
  | 'delete'
  | 'listParticipants'
  | 'invite'
  | 'remove'
  | 'setRole'
  | 'join'
  | 'leave'
  | 'hideItem'
  | 'pin'
  | 'react'
  | 'markRead';

/**
 * Where a caller stands in a thread. `muted` takes part and may only read for now; `banned` reads
 * what anonymous callers may.
 */
export type Relation =
  | 'owner'
  | 'moderator'
  | 'participant'
  | 'muted'
  | 'other'
  | 'banned'
  | 'anonymous';

/** What `can` looks at of a thread. */
export interface AccessSubject {
  readonly projectId: string;
  readonly ownerId: string;
  readonly mode: ThreadMode;
  readonly visibility: ThreadVisibility;
  /** A feed under a rule of the configuration belongs to its project; its owner takes part. */
  readonly belongsToProject?: boolean;
}

/** What `can` looks at of a participant; who it is was matched by the caller. */
export interface AccessParticipant {
  readonly role: 'moderator' | 'participant';
  /** Default `joined`. */
  readonly state?: 'joined' | 'left' | 'banned';
  readonly isMuted?: boolean;
}

/**
 * `host`: the host's `authorize` hook decides. Without a hook, reading goes by the visibility of
 * the thread, and anything else is refused.
 */
export type Verdict = 'yes' | 'no' | 'host';

/**
 * The host decides who else reads a record's feed and writes into it: callers that neither own the
 * feed nor take part in it. It is asked for `read` before anything else.
 */
export type AuthorizeHook = (
  principal: Principal,
  action: Action,
  thread: Thread,
) => boolean | Promise<boolean>;

/**
 * Whom the feeds of a kind of record are for, by `scopeType`: every signed-in user of the project,
 * or only the feed's participants. Such feeds belong to the project: only a server key renames,
 * shows, shares or deletes them.
 *
 * @example
 * const feeds: FeedRules = { ticket: 'project', invoice: 'members' };
 */
export type FeedRules = Readonly<Record<string, 'project' | 'members'>>;
