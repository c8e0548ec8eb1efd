import type { Principal } from './principal.ts';

/** A server key: it acts for any user of its project. The secret is stored only as a hash. */
export interface ApiKey {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly createdAt: string;
}

export interface IssuedKey extends ApiKey {
  /** `sk_` and 43 characters of base64url. Shown only once. */
  readonly secret: string;
}

export interface IssuedToken {
  /** `ut_` and 43 characters of base64url. */
  readonly token: string;
  readonly expiresAt: string;
}

export interface KeysApi {
  /** Creates a server key. Its secret is returned once and stored only as a hash. */
  create(key: { readonly projectId: string; readonly name: string }): Promise<IssuedKey>;
  list(): Promise<ApiKey[]>;
  /** Throws `not_found` if there is no such key. */
  revoke(keyId: string): Promise<void>;
  /** The key that a secret belongs to, or `undefined`. */
  verify(secret: string): Promise<ApiKey | undefined>;
  /** Issues a token that acts for one user for `ttlSeconds` (1 to 86,400, default 900). */
  issueToken(principal: Required<Principal>, ttlSeconds?: number): Promise<IssuedToken>;
  verifyToken(secret: string): Promise<Principal | undefined>;
}
