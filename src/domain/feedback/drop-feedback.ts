/** What becomes of feedback when its item loses its content: a comment may quote it. */
import { newTask } from '../../records/new-task.ts';
import { put } from '../../records/records.ts';
import { feedback, taskQueue, type ItemRow, type TaskRow } from '../../records/tables.ts';
import type { ItemId } from '../../shared/ids.ts';
import type { AfterCommit } from '../base/hooks.ts';
import type { Core, Drafting } from '../base/core.ts';
import { writeInSteps } from '../forks/owe-forks.ts';

/** A commit takes at most this many rows along; the rest is a task. */
const stepMax = 100;

/** A redacted item has no feedback, in its own thread and in the forks that inherit it. */
export async function dropFeedback(
  drafting: Drafting,
  _rows: readonly ItemRow[],
  itemId: ItemId,
): Promise<AfterCommit | undefined> {
  if (await dropSome(drafting, itemId)) return undefined;
  const { draft } = drafting;
  const task = newTask(draft.nowMs, { kind: 'drop-feedback', threadId: draft.head.id, itemId });
  draft.put(put(taskQueue, task, null));
  return undefined;
}

/** The promised part: what is beyond the first hundred. */
export async function dropRestOfFeedback(core: Core, { threadId, itemId }: TaskRow): Promise<void> {
  if (itemId === undefined) return;
  await writeInSteps(core, threadId, (draft) => dropSome({ core, draft }, itemId));
}

/** Drops some feedback on an item, and tells whether this is all. */
async function dropSome({ core, draft }: Drafting, itemId: ItemId): Promise<boolean> {
  const { id } = draft.head;
  const pending = draft.listVersioned(feedback).filter((row) => row.itemId === itemId);
  const stored = await core.records.scan(feedback, { prefix: [id, itemId], limit: stepMax });
  for (const row of pending) {
    draft.writeVersioned(feedback, [id, itemId, row.userId], undefined, undefined);
  }
  for (const row of stored) {
    draft.writeVersioned(feedback, [id, itemId, row.userId], undefined, row);
  }
  return stored.length < stepMax;
}
