import type { ThreadRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';

/** When a thread was made and last changed, and its place in the lists. */
type Times = Pick<ThreadRow, 'createdAt' | 'updatedAt' | 'listedAt'>;

/**
 * The times of a thread into which a checkpoint was moved that was made elsewhere: it is as old as its first
 * checkpoint, and changed last when the newest was made, unless more has happened to it here. `before` is the head
 * before the checkpoint was put; without a time of the checkpoint's own the head keeps what it has.
 */
export function movedTimes(
  draft: ThreadDraft,
  before: ThreadRow,
  madeAtMs: number | undefined,
): Times {
  const { createdAt, updatedAt, listedAt } = before;
  if (madeAtMs === undefined) return { createdAt, updatedAt, listedAt };
  // A clock elsewhere may go wrong, but nobody has seen what is to come.
  const timeMs = Math.min(madeAtMs, draft.nowMs);
  const latest = draft.isNew ? timeMs : Math.max(timeMs, updatedAt);
  return {
    createdAt: Math.min(timeMs, createdAt),
    updatedAt: latest,
    listedAt: Math.floor(latest / 1000) * 1000,
  };
}
