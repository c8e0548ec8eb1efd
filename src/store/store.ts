import type { OperatorApi } from '../api/operator-api.ts';
import type { StoreProjectApi } from '../api/project-api.ts';
import type { KeysApi } from '../api/key.ts';
import type { Capabilities } from '../engine/engine.ts';

/** An open store. */
export interface Store extends AsyncDisposable {
  readonly capabilities: Capabilities;
  /** A project of the store; what it gives until `as` names a caller is anonymous. */
  project(projectId: string): Project;
  /**
   * API keys and short-lived user tokens of the server. For the operator: no access rules apply.
   */
  readonly keys: KeysApi;
  /** What only the operator may do: no access rules apply. */
  readonly operator: OperatorApi;
  /**
   * Whether it can be read and written now; `readyz` asks it. Throws `unavailable` with the reason.
   */
  checkReady(): Promise<void>;
  close(): Promise<void>;
}

export interface Project extends StoreProjectApi {
  /** Every call of the result knows who asks. */
  as(caller: { readonly userId: string }): StoreProjectApi;
}
