/**
 * LangGraph on a Skein store: checkpoints as threads, long-term memory, and lists of threads.
 * @module
 */
export { SkeinSaver, type SkeinSaverOptions } from './saver/skein-saver.ts';
export type { PruneOptions, PruneResult } from './saver/prune-threads.ts';
export type { SaverHome } from './saver/saver-caller.ts';
export { SkeinStore, type SkeinStoreOptions, type TtlConfig } from './store/skein-store.ts';
export type { RefreshOptions, TtlOptions } from './store/store-operations.ts';
export {
  createThreadService,
  type StoreBacked,
  type ThreadServiceOptions,
} from './threads/create-thread-service.ts';
export type { SaverThreadsOptions } from './threads/saver-threads.ts';
export type { HistoryOptions, ThreadService } from './threads/thread-service.ts';
export {
  MessageHistorySchema,
  MessageSchema,
  ThreadListResponseSchema,
  ThreadMetadataSchema,
} from '../../protocol/schemas/thread-metadata.ts';
export type {
  Message,
  MessageHistory,
  MessagePageOptions,
  MessageRole,
  ThreadListResponse,
  ThreadMetadataPageOptions,
  WireThreadMetadata as ThreadMetadata,
} from '../../api/operations/thread-metadata.ts';
