import type { JsonObject } from '../shared/json.ts';
import type { Page, PageOptions } from './page.ts';

export const userKinds = ['person', 'agent'] as const;
/** Agents are those of the configuration. Their ids begin with `agent:`, and no person's does. */
export type UserKind = (typeof userKinds)[number];

/**
 * An https address without a user or a password, or a path of the server itself: what a page may
 * show as a picture.
 */
export const avatarUrlPattern =
  '^(https://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#][!-~]*)?|/([!-.0-\\[\\]-~][!-~]*)?)$';
export const avatarUrlLengthMax = 2048;

/** How others see a user of their project. */
export interface User {
  readonly id: string;
  /** At most 128 characters. `null`: unknown; show the id. */
  readonly displayName: string | null;
  /** Begins with `https://`, or with `/` for a path of the own server. `null`: unknown. */
  readonly avatarUrl: string | null;
  readonly kind: UserKind;
  /** The model or agent that answers for an agent. For the host's own programs only. */
  readonly responder?: string;
  /** What the host keeps with the user. For the host's own programs only. */
  readonly metadata?: JsonObject;
}

/** `models` and `agents` are there if some are configured. */
export type Feature = 'models' | 'agents';

/** The caller, as the server knows it. */
export interface Me extends User {
  readonly projectId: string;
  /** What the credential says (`Principal.roles`). */
  readonly roles: readonly string[];
  /** What the server offers beyond storing threads. */
  readonly features: readonly Feature[];
}

/** Only what is given changes; `null` removes it. */
export interface UserUpdate {
  readonly id: string;
  readonly displayName?: string | null;
  readonly avatarUrl?: string | null;
  /** Follows from the id; another one is refused. */
  readonly kind?: UserKind;
  /** Of an agent. */
  readonly responder?: string | null;
  /** Replaces all of it. */
  readonly metadata?: JsonObject;
}

export interface UsersApi {
  /** The caller. Throws `unauthenticated` if it is anonymous. */
  me(): Promise<Me>;
  /** A user of the caller's project. Throws `not_found` for one of whom nothing is known. */
  get(userId: string): Promise<User>;
  /**
   * Users of the caller's project, for names beside messages: at most 100 ids. The users come in
   * the order of the ids, each once; those of whom nothing is known are left out.
   */
  lookup(userIds: readonly string[]): Promise<User[]>;
  /**
   * Sets what others see of users, at most 100, one after the other. Only for the host's own
   * programs (`Principal.isServer`); others get `forbidden`.
   */
  put(users: readonly UserUpdate[]): Promise<User[]>;
  /** The stored users of the project, by id. Only for the host's own programs. */
  list(options?: PageOptions): Promise<Page<User>>;
}

/** What an identity provider says of a user in a token. */
export interface UserClaims {
  readonly displayName?: string;
  readonly avatarUrl?: string;
  /** When it said so. What an older token says does not replace it. */
  readonly issuedAtMs?: number;
}

export interface OperatorUsersApi {
  /**
   * Stores what a token says of its user, if it says something new. What `put` has set stands
   * until a token says something else than the one before.
   */
  learn(
    user: { readonly projectId: string; readonly userId: string },
    claims: UserClaims,
  ): Promise<void>;
}

/** What the host knows of a user. A field that it leaves out is taken from the store. */
export interface ResolvedUser {
  readonly id: string;
  readonly displayName?: string | null;
  readonly avatarUrl?: string | null;
}

/**
 * The host's own list of users, asked for at most 100 ids at once. Its answers are kept for five
 * minutes, also that it does not know a user. If it fails or takes longer than two seconds, the
 * store answers with what it has.
 */
export type ResolveUsers = (
  userIds: readonly string[],
  context: { readonly projectId: string; readonly signal: AbortSignal },
) => readonly ResolvedUser[] | Promise<readonly ResolvedUser[]>;
