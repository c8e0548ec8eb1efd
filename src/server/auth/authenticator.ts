import type { HeaderSource } from '../request/request-source.ts';

/** Who a request is from, as far as its credentials prove it. */
export interface Identity {
  readonly projectId: string;
  /** Absent: anonymous, or a server key that names nobody. */
  readonly userId?: string;
  readonly isServerKey: boolean;
}

export interface Authenticator {
  /** Throws `forbidden` for a request that must not be looked at whatever it asks. */
  guard(url: string, headers: HeaderSource): void;
  /** Throws `unauthenticated` for a credential that does not hold; none at all is anonymous. */
  identify(request: Request, headers: HeaderSource): Identity | Promise<Identity>;
}
