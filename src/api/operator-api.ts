import type { DocumentsApi } from './document.ts';
import type { OperatorEdgesApi } from './edge.ts';
import type { OperatorStreamsApi } from './stream.ts';
import type { OperatorRestoreApi } from './restore.ts';
import type { OperatorThreadsApi } from './thread.ts';
import type { OperatorUsersApi } from './user.ts';
import type { TransferApi } from './transfer.ts';

/**
 * What the operator of a store may do beyond its callers: access rules do not apply, all other
 * rules do. Never hand it to a caller. Writes take arrays; an empty array does nothing.
 *
 * The operator has no project: threads of other projects than `default` are named as they are
 * stored, `project/id`.
 *
 * Every method throws `SkeinError`. Any may throw `not_found` (the thread does not exist),
 * `invalid_request` and `unavailable`.
 */
export interface OperatorApi extends TransferApi, OperatorRestoreApi {
  readonly edges: OperatorEdgesApi;
  readonly streams: OperatorStreamsApi;
  readonly threads: OperatorThreadsApi;
  readonly users: OperatorUsersApi;
  /** The documents of a project: the memories of agents. */
  documents(projectId: string): DocumentsApi;
}
