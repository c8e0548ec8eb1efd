import { newUuidV7, type ItemId, type StoredThreadId } from '../shared/ids.ts';
import type { TaskRow } from './tables.ts';

/** Persisted with every task: raising it is safe, lowering it would orphan tasks. */
export const taskShardCount = 16;

/** A task, for the commit that promises the work to put into `taskQueue`. */
export function newTask(
  nowMs: number,
  promise: { readonly kind: string; readonly threadId: StoredThreadId; readonly itemId?: ItemId },
): TaskRow {
  const id = newUuidV7(nowMs);
  return { ...promise, shard: shardOf(id), id };
}

/** Always the same for an id, so that a task is found by its id. Spreads ids evenly. */
export function shardOf(id: string): number {
  let hash = 0x811c9dc5; // FNV-1a
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % taskShardCount;
}
