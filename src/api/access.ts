import type { Principal } from './principal.ts';
import type { Thread, ThreadMode, ThreadVisibility } from './thread.ts';

/**
 * What a caller may want to do with a thread. `readLog` reads the history, with revisions, hidden
 * and archived items. `keepState` stores an agent's state, which contains the history and appears
 * as items.
 */
export type Action =
  | 'read'
  | 'readLog'
  | 'append'
  | 'keepState'
  | 'rename'
  | 'setVisibility'
  | 'share'
  | 'delete'
  | 'invite'
  | 'remove'
  | 'hideItem'
  | 'react'
  | 'markRead';

/** The fields of a thread that `can` reads. */
export type Relation = 'owner' | 'moderator' | 'participant' | 'other' | 'anonymous';

/** What `can` looks at of a thread. */
export interface AccessSubject {
  readonly projectId: string;
  readonly ownerId: string;
  readonly mode: ThreadMode;
  readonly visibility: ThreadVisibility;
}

/** What `can` looks at of a participant; who it is was matched by the caller. */
export interface AccessParticipant {
  readonly role: 'moderator' | 'participant';
}

/** `host`: the host's `authorize` hook decides; without a hook the answer is `no`. */
export type Verdict = 'yes' | 'no' | 'host';

/**
 * The host decides where the access rules leave it open: who else may write into a record's feed.
 */
export type AuthorizeHook = (
  principal: Principal,
  action: Action,
  thread: Thread,
) => boolean | Promise<boolean>;
