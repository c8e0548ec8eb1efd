import type { HeaderSource } from '../request/request-source.ts';

/** The caller of a request, as far as its credentials prove it. */
export interface Identity {
  readonly projectId: string;
  /** Absent: anonymous, or a server key without a user. */
  readonly userId?: string;
  readonly isServerKey: boolean;
}

export interface Authenticator {
  /** Throws `forbidden` for a request that must be rejected whatever it asks for. */
  guard(url: string, headers: HeaderSource): void;
  /**
   * Throws `unauthenticated` for an invalid credential. Without a credential the caller is
   * anonymous.
   */
  identify(request: Request, headers: HeaderSource): Identity | Promise<Identity>;
}
