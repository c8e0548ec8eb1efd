/**
 * The caller. Made by the host or the server from a verified identity, never from a request's body.
 */
export interface Principal {
  readonly projectId: string;
  /** Absent: anonymous. */
  readonly userId?: string;
  /** What the credential calls the user, such as `admin`. The host says what it means. */
  readonly roles?: readonly string[];
  /** The records whose feeds the credential opens, such as `ticket:T-101` or `ticket:*` for all. */
  readonly scopes?: readonly string[];
  /**
   * The host's own program acts for the user, for instance by a server key. It may say what the
   * user could not say. Default: the user in person.
   */
  readonly isServer?: boolean;
  /** What the address of an unlisted thread names (`?k=`), which lets its readers in. */
  readonly linkKey?: string;
}

/** A caller with a name, in a project that is known already. */
export type Caller = Omit<Principal, 'projectId'> & { readonly userId: string };
