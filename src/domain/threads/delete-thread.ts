/**
 * Deletes a thread. One commit turns the head into a tombstone, removes the thread from every list
 * and promises a task: from then on it cannot be read, and no late write can revive it. The task
 * copies what forks and copies inherit into them, then deletes the rows in bounded steps; after a
 * crash it is resumed.
 */
import { put } from '../../records/records.ts';
import { newTask } from '../../records/new-task.ts';
import { taskQueue, type ThreadRow } from '../../records/tables.ts';
import { authorize, mustTarget } from '../access/authorize.ts';
import type { Reading } from '../base/core.ts';
import { noPreview } from '../head/preview.ts';
import { mustMatchVersion } from '../requests/must-match-version.ts';

/** See `ThreadsApi.delete`. Resolves when no caller sees the thread any more; its rows follow. */
export async function deleteThread(
  reading: Reading,
  threadId: string,
  ifVersion?: number,
): Promise<void> {
  const { core } = reading;
  await core.writer.write(mustTarget(reading, threadId), async (draft) => {
    await authorize(reading, 'delete', draft.head);
    mustMatchVersion(draft.head, ifVersion);
    for (const onDelete of core.hooks.onDelete) await onDelete({ core, draft });
    const purge = newTask(draft.nowMs, { kind: 'purge', threadId: draft.head.id });
    draft.put(put(taskQueue, purge, null));
    draft.updateHead(tombstone(draft.nowMs));
  });
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
    deletedAt: nowMs,
  };
}
