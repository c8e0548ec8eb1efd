import type { ThreadRow } from '../../records/tables.ts';

/**
 * Stands for the head of a thread until all of it is there, so that half a thread is never read. A
 * store's heads have versions from 1, so it cannot be mistaken for the head of a deleted one. Each
 * import that takes the thread over gives it a version of its own, below those before: it guards
 * every commit of that import, so that two at once do not undo each other. The count of items is
 * that of the commits, by which another import sees that this one goes on.
 */
export function standInFor(head: ThreadRow, nowMs: number, version: number = 0): ThreadRow {
  const { id, projectId, ownerId, mode, createdAt } = head;
  return {
    ...{ id, projectId, ownerId, mode, createdAt },
    title: '',
    titleSource: 'default',
    visibility: 'private',
    metadata: {},
    tags: [],
    archived: false,
    updatedAt: nowMs,
    version,
    itemCount: 0,
    lastPreview: '',
    deletedAt: nowMs,
  };
}

/** Whether a head only stands for one that an import has not brought yet. */
export function isHalfImported({ version, deletedAt }: ThreadRow): boolean {
  return version <= 0 && deletedAt !== undefined;
}
