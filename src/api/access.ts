import type { Principal } from './principal.ts';
import type { Thread, ThreadMode, ThreadVisibility } from './thread.ts';

/**
 * What a caller may want of a thread. `readLog` is the history: revisions, hidden and archived items.
 * `keepState` is to store an agent's state, which holds the history and shows as items.
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

/** How a caller stands to a thread. */
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

/** `host`: the host's `authorize` hook decides, and it is `no` where there is none. */
export type Verdict = 'yes' | 'no' | 'host';

/** The host's say where the table of rules leaves it to it: who else may write into a record's feed. */
export type AuthorizeHook = (
  principal: Principal,
  action: Action,
  thread: Thread,
) => boolean | Promise<boolean>;
