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

/**
 * An operator key: it makes, lists and revokes server keys over HTTP, on the server's machine, and
 * acts for no user. Only the operator's own code makes one; no server key does.
 */
export interface OperatorKey {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
}

export interface IssuedOperatorKey extends OperatorKey {
  /** `ok_` and 43 characters of base64url. Shown only once. */
  readonly secret: string;
}

export interface OperatorKeysApi {
  /** Creates an operator key. Its secret is returned once and stored only as a hash. */
  create(name: string): Promise<IssuedOperatorKey>;
  list(): Promise<OperatorKey[]>;
  /** The key that a secret belongs to, or `undefined`. */
  verify(secret: string): Promise<OperatorKey | undefined>;
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
  readonly operators: OperatorKeysApi;
  /** Revokes a server key or an operator key. Throws `not_found` if there is no such key. */
  revoke(keyId: string): Promise<void>;
  /** The key that a secret belongs to, or `undefined`. */
  verify(secret: string): Promise<ApiKey | undefined>;
  /**
   * Issues a token that acts for one user for `ttlSeconds` (1 to 86,400, default 900). It ends with
   * the server key `keyId`, if one mints it. Throws `unauthenticated` if that key was revoked.
   */
  issueToken(
    principal: Principal & { readonly userId: string },
    ttlSeconds?: number,
    keyId?: string,
  ): Promise<IssuedToken>;
  verifyToken(secret: string): Promise<Principal | undefined>;
  /**
   * Calls `onEnd` once when the secret of a key or token is no longer good, so that what was opened
   * with it ends: when the token expires, and when its key is revoked, at once in this process and
   * within a second in others. Returns the function that stops watching.
   */
  watch(secret: string, onEnd: () => void): () => void;
  /**
   * Whether the store ever had a server key, or a server that verifies JWTs. Then it is not served
   * without credentials unless the operator says so.
   */
  isProtected(): Promise<boolean>;
  /** Makes it so, for good. The first server key does the same. */
  protect(): Promise<void>;
  /**
   * Calls back once, when `isProtected` holds: at once if this process makes it so, else within a
   * second. Returns the function that stops watching.
   */
  watchProtection(onProtected: () => void): () => void;
}
