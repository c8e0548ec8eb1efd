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
  /** The one primary thread of each scope, created if there is none; `created` says which. */
  getOrCreate(scopes: readonly ScopeInput[], options?: WriteOptions): Promise<Thread[]>;
  getOrCreateWithOutcome(scope: ScopeInput, options?: WriteOptions): Promise<Outcome<Thread>>;
}
