import type { Principal } from './principal.ts';

/** A server key: it acts for any user of its project. The secret itself is nowhere stored. */
export interface ApiKey {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly createdAt: string;
}

export interface IssuedKey extends ApiKey {
  /** `sk_` and 43 characters of base64url, shown this once. */
  readonly secret: string;
}

export interface IssuedToken {
  /** `ut_` and 43 characters of base64url. */
  readonly token: string;
  readonly expiresAt: string;
}

export interface KeysApi {
  /** A new server key; its secret is shown once and kept hashed. */
  create(key: { readonly projectId: string; readonly name: string }): Promise<IssuedKey>;
  list(): Promise<ApiKey[]>;
  /** Throws `not_found`. */
  revoke(keyId: string): Promise<void>;
  /** The key that a secret belongs to, or `undefined`. */
  verify(secret: string): Promise<ApiKey | undefined>;
  /** A token that speaks for one user, for `ttlSeconds` (default 900, 1 to 86,400). */
  issueToken(principal: Required<Principal>, ttlSeconds?: number): Promise<IssuedToken>;
  verifyToken(secret: string): Promise<Principal | undefined>;
}
