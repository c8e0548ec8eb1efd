import type { JsonObject } from '../shared/json.ts';
import type { Thread, ThreadMode, ThreadVisibility } from './thread.ts';
import type { Outcome, WriteOptions } from './write-options.ts';

export interface ScopeInput {
  readonly scopeType: string;
  readonly scopeId: string;
  readonly mode?: ThreadMode;
  readonly title?: string;
  readonly visibility?: ThreadVisibility;
  readonly tags?: readonly string[];
  readonly metadata?: JsonObject;
}

export interface ScopesApi {
  /**
   * The one primary thread of each scope, created if there is none. Concurrent calls get the same
   * thread.
   *
   * @example
   * const [thread] = await project.scopes.getOrCreate([
   *   { scopeType: 'ticket', scopeId: 'T-101', mode: 'feed' },
   * ]);
   */
  getOrCreate(scopes: readonly ScopeInput[], options?: WriteOptions): Promise<Thread[]>;
  /** Like `getOrCreate`; `replayed` is true if the thread existed already. */
  getOrCreateWithOutcome(scope: ScopeInput, options?: WriteOptions): Promise<Outcome<Thread>>;
}
