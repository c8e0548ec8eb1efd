import type { Principal } from '../../api/principal.ts';

/** How the server learns who asks. */
export type AuthOptions = LocalAuthOptions | TokenAuthOptions | HostAuthOptions;

/**
 * For one machine, without any set-up: the caller is the header `X-User-Id`, else `local`, in the
 * project `default`. A request that names a foreign host or comes from a foreign web page is
 * refused.
 */
export interface LocalAuthOptions {
  readonly mode: 'local';
}

/** Bearer tokens: JWTs of an identity provider, server keys (`sk_…`) and user tokens (`ut_…`). */
export interface TokenAuthOptions {
  readonly mode: 'tokens';
  /** Verifies JWTs signed with HS256. At least 32 random bytes are wise. */
  readonly jwtSecret?: string;
  /** Verifies JWTs signed with RS, PS, ES or EdDSA keys, by the provider's JSON Web Key Set. */
  readonly jwksUrl?: string;
  /** When given, a JWT's `aud` must hold it. */
  readonly audience?: string;
  /** When given, a JWT's `iss` must be it. */
  readonly issuer?: string;
}

/** The application that the handler is mounted in has authenticated the request already. */
export interface HostAuthOptions {
  readonly mode: 'host';
  /** A principal without `userId` is anonymous. What it throws is answered as any error is. */
  identify(request: Request): Principal | Promise<Principal>;
}

/** The project of a caller whose credential names none. */
export const defaultProjectId = 'default';
