import type { Page, PageOptions } from './page.ts';
import type { Principal } from './principal.ts';

/** A server key: it acts for any user of its project. The secret is stored only as a hash. */
export interface ApiKey {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly createdAt: string;
  /**
   * When the secrets that were good before the last rotation end. A key that was found by such a
   * secret says when this one ends. Absent: there is none.
   */
  readonly formerSecretUntil?: string;
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
  readonly id: string;
  /** `ut_` and 43 characters of base64url. */
  readonly token: string;
  readonly expiresAt: string;
}

/** A user token without its secret. */
export interface TokenInfo {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  /** The server key that minted it, and with which it ends. */
  readonly keyId?: string;
  readonly audience?: string;
  readonly roles?: readonly string[];
  readonly scopes?: readonly string[];
}

export interface TokenListOptions extends PageOptions {
  /** Only the tokens of this project. */
  readonly projectId?: string;
  /** Only the tokens that this key has minted. */
  readonly keyId?: string;
}

export interface KeysApi {
  /** Creates a server key. Its secret is returned once and stored only as a hash. */
  create(key: { readonly projectId: string; readonly name: string }): Promise<IssuedKey>;
  list(): Promise<ApiKey[]>;
  readonly operators: OperatorKeysApi;
  /**
   * Gives a server key a new secret. The old one, and the tokens that it has minted, end after
   * `graceSeconds` (0 to 604,800, default 3,600). Throws `not_found` if there is no such key.
   */
  rotate(keyId: string, graceSeconds?: number): Promise<IssuedKey>;
  /**
   * Revokes a server key with all its secrets and tokens, an operator key, or a user token. Throws
   * `not_found` if there is none with this id.
   */
  revoke(id: string): Promise<void>;
  /** The key that a secret belongs to, or `undefined`. */
  verify(secret: string): Promise<ApiKey | undefined>;
  /**
   * Issues a token that acts for one user in person, with these roles and scopes, for `ttlSeconds`
   * (1 to 86,400, default 900). It ends with the server key `keyId`, if one mints it. A server with
   * another `audience` refuses it; default: every server of the store takes it. Throws
   * `unauthenticated` if that key was revoked.
   */
  issueToken(
    principal: Principal & { readonly userId: string },
    ttlSeconds?: number,
    keyId?: string,
    audience?: string,
  ): Promise<IssuedToken>;
  /** Newest first. */
  listTokens(options?: TokenListOptions): Promise<Page<TokenInfo>>;
  /** Throws `not_found` if the project has no such token. */
  revokeToken(projectId: string, tokenId: string): Promise<void>;
  /** The caller for whom a token speaks, if it may speak to this audience. */
  verifyToken(secret: string, audience?: string): Promise<Principal | undefined>;
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
