import { newTask } from '../../records/new-task.ts';
import { put } from '../../records/records.ts';
import { taskQueue, type ThreadRow } from '../../records/tables.ts';
import type { Drafting } from '../base/core.ts';
import { noPreview } from './preview.ts';

/**
 * Makes the thread a tombstone, which promises the purge of all that belongs to it. Every noun
 * takes from its own tables what must go at once.
 */
export async function eraseThread(drafting: Drafting): Promise<void> {
  const { core, draft } = drafting;
  for (const onDelete of core.hooks.onDelete) await onDelete(drafting);
  const purge = newTask(draft.nowMs, { kind: 'purge', threadId: draft.head.id });
  draft.put(put(taskQueue, purge, null));
  draft.updateHead(tombstone(draft.nowMs));
}

export function tombstone(nowMs: number): Partial<ThreadRow> {
  return {
    title: '',
    metadata: {},
    tags: [],
    opening: undefined,
    ...noPreview,
    scopeType: undefined,
    scopeId: undefined,
    listedAt: undefined,
    listedPublicly: undefined,
    createdHash: undefined,
    otherId: undefined,
    offeredTo: undefined,
    linkKey: undefined,
    pins: undefined,
    deletedAt: nowMs,
  };
}
