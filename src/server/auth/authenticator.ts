import type { Principal } from '../../api/principal.ts';
import type { IncomingRequest } from '../incoming-request.ts';
import type { HeaderSource } from '../request/request-source.ts';

/**
 * The caller of a request, as far as its credentials prove it. A server key (`isServer`) may come
 * without a user.
 */
export interface Identity extends Principal {
  /** The id of the server key that was sent. */
  readonly keyId?: string;
  /** When the secret that was sent ends, since a rotation has replaced it. */
  readonly keyUntilMs?: number;
  /** A program of this machine that needs no credential, and may do what a server key may. */
  readonly isLocal?: boolean;
  /** How long the credential speaks for the caller. Absent: as long as the server runs. */
  readonly lifetime?: Lifetime;
}

/**
 * Calls back once, when a credential no longer speaks for its caller: it has expired or was
 * revoked. Returns the function that stops waiting for that.
 */
export type Lifetime = (onEnd: () => void) => () => void;

export interface Authenticator {
  /**
   * Throws `forbidden` for a request that must be rejected whatever it asks for. `isProbe`: it asks
   * only whether the server is up.
   */
  guard(request: IncomingRequest, isProbe: boolean): void | Promise<void>;
  /**
   * Throws `forbidden` for a WebSocket of a web page that may not have one. Browsers let pages of
   * other origins open them, with cookies, and read what comes.
   */
  guardPage?(request: IncomingRequest): void;
  /**
   * Throws `unauthenticated` for an invalid credential. Without a credential the caller is
   * anonymous.
   */
  identify(request: Request, headers: HeaderSource): Identity | Promise<Identity>;
}
