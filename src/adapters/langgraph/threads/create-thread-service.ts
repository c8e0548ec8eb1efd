import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import { mustUuid } from '../../../protocol/thread-metadata.ts';
import { readThreadMetadata, readMessages } from '../../../protocol/read-thread-metadata.ts';
import type { Store } from '../../../store/index.ts';
import { createSaverThreads, type SaverThreadsOptions } from './saver-threads.ts';
import type { ThreadService } from './thread-service.ts';

export interface ThreadServiceOptions extends SaverThreadsOptions {
  /**
   * The project of a Skein store. Default: the saver's, or `default`. The other options are for
   * other savers.
   */
  readonly projectId?: string;
}

/** The part of a saver over a Skein store that says where it keeps its threads. */
export interface StoreBacked {
  readonly home: { readonly store?: Store; readonly projectId?: string };
}

/**
 * Lists a user's threads and reads their messages. On a Skein store, or a saver over one, a list
 * reads heads only, however long the threads are. On any other saver everything is derived from the
 * checkpoints, and the caller says which threads a user has.
 *
 * ```ts
 * const service = createThreadService(store);
 * const { threads, total } = await service.listThreads(userId, { limit: 20 });
 *
 * const foreign = createThreadService(new MemorySaver(), { discover: (userId) => idsOf(userId) });
 * ```
 */
export function createThreadService(
  source: Store | BaseCheckpointSaver<string | number>,
  options: ThreadServiceOptions = {},
): ThreadService {
  if (isStore(source)) return createStoreThreads(source, options.projectId ?? 'default');
  if (isStoreBacked(source)) {
    const { store, projectId = 'default' } = source.home;
    if (store !== undefined) return createStoreThreads(store, options.projectId ?? projectId);
    throw new TypeError('This saver has only one project: pass the store itself.');
  }
  return createSaverThreads(source, options);
}

function isStore(source: object): source is Store {
  return 'operator' in source && 'project' in source;
}

function isStoreBacked(source: object): source is StoreBacked {
  const { home } = source as { home?: unknown }; // any object can be read like this
  if (typeof home !== 'object' || home === null) return false;
  return 'project' in home || ('store' in home && isStore(Object(home.store)));
}

function createStoreThreads(store: Store, projectId: string): ThreadService {
  const project = store.project(projectId);
  return {
    // Async, so that a refusal is a rejection and not an exception.
    listThreads: async (userId, options) =>
      readThreadMetadata(project.as({ userId: mustUuid(userId, 'userId') }), options),

    async getHistory(threadId, { userId, ...options } = {}) {
      const id = mustUuid(threadId, 'threadId');
      const reader = userId ?? (await ownerOf(store, projectId, id));
      return readMessages(project.as({ userId: reader }), id, options);
    },
  };
}

async function ownerOf(store: Store, projectId: string, threadId: string): Promise<string> {
  return (await store.operator.threads.get(`${projectId}/${threadId}`)).ownerId;
}
