import type { ThreadRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';

/** When a thread was created and last changed, and its position in lists. */
type Times = Pick<ThreadRow, 'createdAt' | 'updatedAt' | 'listedAt'>;

/**
 * The times of a thread that receives an imported checkpoint: it was created with its first
 * checkpoint, and last changed with the newest, unless something newer has happened here. `before`
 * is the head before the put; a checkpoint without a time leaves the head's times unchanged.
 */
export function movedTimes(
  draft: ThreadDraft,
  before: ThreadRow,
  madeAtMs: number | undefined,
): Times {
  const { createdAt, updatedAt, listedAt } = before;
  if (madeAtMs === undefined) return { createdAt, updatedAt, listedAt };
  // A foreign clock may be wrong, but no time may lie in the future.
  const timeMs = Math.min(madeAtMs, draft.nowMs);
  const latest = draft.isNew ? timeMs : Math.max(timeMs, updatedAt);
  return {
    createdAt: Math.min(timeMs, createdAt),
    updatedAt: latest,
    listedAt: Math.floor(latest / 1000) * 1000,
  };
}
