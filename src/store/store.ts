import type { OperatorApi } from '../api/operator-api.ts';
import type { KeysApi } from '../api/key.ts';
import type { Caller, Principal } from '../api/principal.ts';
import type { Capabilities } from '../engine/engine.ts';
import type { CallerVerbs } from './nouns.ts';

/** An open store. */
export interface Store extends AsyncDisposable {
  readonly capabilities: Capabilities;
  /** A project of the store. Until `as` names a caller, its calls are anonymous. */
  project(projectId: string): Project;
  /**
   * A caller whom a server has identified, in its project. Without a `userId` it is anonymous, or
   * the host's own program. What else the server knows of it is not looked at.
   */
  as(principal: Principal): CallerVerbs;
  /** Server keys and short-lived user tokens. For the operator: access rules do not apply. */
  readonly keys: KeysApi;
  /** What only the operator may do: access rules do not apply. */
  readonly operator: OperatorApi;
  /**
   * Checks that the store can be read and written now, for `readyz`. Throws `unavailable` with the
   * reason.
   */
  checkReady(): Promise<void>;
  close(): Promise<void>;
}

/** `StoreProjectApi`, and the verbs of nouns that only the store has. */
export interface Project extends CallerVerbs {
  /** The project with this caller for every call: a person, unless `isServer` says otherwise. */
  as(caller: Caller): CallerVerbs;
}
