import type { DocumentsApi } from './document.ts';
import type { OperatorEdgesApi } from './edge.ts';
import type { OperatorStreamsApi } from './stream.ts';
import type { OperatorThreadsApi } from './thread.ts';

/**
 * What the operator of a store may do beyond what its callers may: no access rules apply,
 * everything else does. Never hand it to a caller. Writes are many-first: an empty array does
 * nothing.
 *
 * Every method throws `SkeinError`; any may throw `not_found` (the thread is not there),
 * `invalid_request` and `unavailable`.
 */
export interface OperatorApi {
  readonly edges: OperatorEdgesApi;
  readonly streams: OperatorStreamsApi;
  readonly threads: OperatorThreadsApi;
  /** The documents of a project, for agents' memories. */
  documents(projectId: string): DocumentsApi;
}
