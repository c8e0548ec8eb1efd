import type { Principal } from '../../api/principal.ts';

/** How the server identifies its callers. */
export type AuthOptions = LocalAuthOptions | TokenAuthOptions | HostAuthOptions;

/**
 * For one machine, without setup: the caller is the header `X-User-Id`, or `local` without it, in
 * the project `default`. Requests that name a foreign host, come from a foreign web page or through
 * a proxy that shows itself are rejected.
 */
export interface LocalAuthOptions {
  readonly mode: 'local';
}

/** Bearer tokens: JWTs of an identity provider, server keys (`sk_…`) and user tokens (`ut_…`). */
export interface TokenAuthOptions {
  readonly mode: 'tokens';
  /** Verifies JWTs signed with HS256. Use at least 32 random bytes. */
  readonly jwtSecret?: string;
  /** Verifies JWTs signed with RS, PS, ES or EdDSA keys, by the provider's JSON Web Key Set. */
  readonly jwksUrl?: string;
  /** If given, a JWT's `aud` must contain it, and a user token that names another is refused. */
  readonly audience?: string;
  /** If given, a JWT's `iss` must equal it. */
  readonly issuer?: string;
  /**
   * Takes JWTs without `exp`, which are good until the secret or the key set changes. Default
   * false.
   */
  readonly acceptsJwtWithoutExpiry?: boolean;
}

/** Whether the store becomes one that is never open again. */
export function verifiesJwts({ jwtSecret, jwksUrl }: TokenAuthOptions): boolean {
  return jwtSecret !== undefined || jwksUrl !== undefined;
}

/** The application around the handler has already authenticated the request. */
export interface HostAuthOptions {
  readonly mode: 'host';
  /**
   * A principal without `userId` is anonymous. One with `isServer` may do what a server key may. An
   * error that it throws becomes an error response.
   */
  identify(request: Request): HostIdentity | Promise<HostIdentity>;
  /**
   * The origins of the pages that may open a WebSocket, such as `https://app.example`. Default: the
   * server's own, by the header `Host`.
   */
  readonly origins?: readonly string[];
}

export interface HostIdentity extends Principal {
  /** Aborts when the caller's session ends, and with it what was opened in it. Default: never. */
  readonly signal?: AbortSignal | undefined;
}

/** The project of a caller whose credential names none. */
export const defaultProjectId = 'default';
