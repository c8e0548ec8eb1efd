/**
 * The nouns and verbs of Skein, the same in process (`skein`) and over HTTP (`skein/client`).
 * Writes take and return arrays; an empty array does nothing. Every read is bounded.
 *
 * Every method throws `SkeinError`. Besides the codes listed, any may throw `not_found` (the thread
 * does not exist, or the caller may not know of it), `forbidden`, `unauthenticated`,
 * `invalid_request` and `unavailable`.
 */
import type { CheckpointsApi } from './checkpoint.ts';
import type { ComparisonsApi } from './comparison.ts';
import type { EdgesApi } from './edge.ts';
import type { ItemsApi } from './item.ts';
import type { ModelsApi } from './model.ts';
import type { RunsApi } from './run.ts';
import type { ScopesApi } from './scope.ts';
import type { StreamsApi } from './stream.ts';
import type { ThreadMetadataApi } from './thread-metadata.ts';
import type { ThreadsApi } from './threads-api.ts';

/** Everything that one caller may do in one project. */
export interface ProjectApi {
  readonly threads: ThreadsApi;
  readonly items: ItemsApi;
  readonly edges: EdgesApi;
  readonly scopes: ScopesApi;
  readonly runs: RunsApi;
  readonly streams: StreamsApi;
  readonly comparisons: ComparisonsApi;
  readonly models: ModelsApi;
}

/** What a caller may do in addition if the store is in the same process. */
export interface StoreProjectApi extends ProjectApi {
  readonly threadMetadata: ThreadMetadataApi;
  readonly checkpoints: CheckpointsApi;
}
