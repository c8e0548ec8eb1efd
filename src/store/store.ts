import type { OperatorApi } from '../domain/operator-api.ts';
import type { StoreProjectApi } from '../domain/project-api.ts';
import type { Principal } from '../domain/access/principal.ts';
import type { ApiKey, IssuedKey, IssuedToken } from '../domain/keys/key.ts';
import type { Capabilities } from '../engine/engine.ts';

/** An open store. */
export interface Store extends AsyncDisposable {
  readonly capabilities: Capabilities;
  /** A project of the store; what it gives until `as` names a caller is anonymous. */
  project(projectId: string): Project;
  /** API keys and short-lived user tokens of the server. For the operator: no access rules apply. */
  readonly keys: KeysApi;
  /** What only the operator may do: no access rules apply. */
  readonly operator: OperatorApi;
  /** Whether it can be read and written now; `readyz` asks it. Throws `unavailable` with the reason. */
  checkReady(): Promise<void>;
  close(): Promise<void>;
}

export interface Project extends StoreProjectApi {
  /** Every call of the result knows who asks. */
  as(caller: { readonly userId: string }): StoreProjectApi;
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
