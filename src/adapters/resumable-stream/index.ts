/**
 * Resumable streams of other libraries on the store: the context of `resumable-stream`, and the
 * store of `assistant-stream`.
 * @module
 */
export type { DurableStreamOptions } from './durable-streams.ts';
export {
  createResumableContext,
  type ResumableContextOptions,
} from './resumable-stream-context.ts';
export { createResumableStore, type ResumableStoreOptions } from './resumable-stream-store.ts';
