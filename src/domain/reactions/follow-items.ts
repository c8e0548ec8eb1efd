/** What becomes of reactions when their item loses its content. */
import { newTask } from '../../records/new-task.ts';
import { deletion, put } from '../../records/records.ts';
import {
  changes,
  reactionCounts,
  reactions,
  taskQueue,
  type ItemRow,
  type TaskRow,
} from '../../records/tables.ts';
import type { ItemId } from '../../shared/ids.ts';
import type { AfterCommit } from '../base/hooks.ts';
import type { Core, Drafting } from '../base/core.ts';
import { writeInSteps } from '../forks/owe-forks.ts';
import { annotate, findInDraft } from '../log/draft-items.ts';
import { emojiMax } from './reaction-rows.ts';

/** A commit takes at most this many reactions along; the rest is a task. */
const stepMax = 100;

/** A redacted item has no reactions: all of them go, and what the log says of them. */
export async function dropReactions(
  drafting: Drafting,
  _rows: readonly ItemRow[],
  itemId: ItemId,
): Promise<AfterCommit | undefined> {
  const { draft } = drafting;
  const item = await findInDraft(drafting, itemId);
  if (item?.annotations?.emoji !== undefined) {
    await annotate(drafting, item, { ...item.annotations, emoji: undefined });
    await dropCounts(drafting, itemId);
  }
  // These are not there yet.
  const isPending = draft.changed.some(({ reactedId }) => reactedId === itemId);
  const isAll = await dropSome(drafting, itemId);
  if (isAll && !isPending) return undefined;
  const task = newTask(draft.nowMs, { kind: 'drop-reactions', threadId: draft.head.id, itemId });
  draft.put(put(taskQueue, task, null));
  return undefined;
}

async function dropCounts({ core, draft }: Drafting, itemId: ItemId): Promise<void> {
  const prefix = [draft.head.id, itemId];
  const counts = await core.records.scan(reactionCounts, { prefix, limit: emojiMax });
  const pending = draft.listVersioned(reactionCounts).filter((row) => row.itemId === itemId);
  for (const { emoji } of [...counts, ...pending]) {
    const stored = counts.find((row) => row.emoji === emoji);
    draft.writeVersioned(reactionCounts, [...prefix, emoji], undefined, stored);
  }
}

/** The promised part: what is beyond the first hundred. */
export async function dropRest(core: Core, { threadId, itemId }: TaskRow): Promise<void> {
  if (itemId === undefined) return;
  await writeInSteps(core, threadId, (draft) => dropSome({ core, draft }, itemId));
}

/** Drops some reactions to an item, and tells whether these are all. */
async function dropSome(drafting: Drafting, itemId: ItemId): Promise<boolean> {
  const dropped = await dropRows(drafting, itemId);
  const scrubbed = await scrubChanges(drafting, itemId);
  return Math.max(dropped, scrubbed) < stepMax;
}

async function dropRows({ core, draft }: Drafting, itemId: ItemId): Promise<number> {
  const prefix = [draft.head.id, itemId];
  const stored = await core.records.scan(reactions, { prefix, limit: stepMax });
  const pending = draft.listVersioned(reactions).filter((row) => row.itemId === itemId);
  for (const row of pending) {
    const key = [...prefix, row.emoji, row.userId];
    draft.writeVersioned(reactions, key, undefined, undefined);
  }
  for (const row of stored) {
    const key = [...prefix, row.emoji, row.userId];
    if (draft.findVersioned(reactions, key)) draft.writeVersioned(reactions, key, undefined, row);
    else draft.delete(deletion(reactions, key, row));
  }
  return stored.length;
}

/** The changes stay, since cursors name them, and tell of no item and no emoji any more. */
async function scrubChanges({ core, draft }: Drafting, itemId: ItemId): Promise<number> {
  const prefix = [draft.head.id, itemId];
  const told = await core.records.scan(changes, { index: 'byReacted', prefix, limit: stepMax });
  for (const row of told) {
    const scrubbed = { ...row, userId: undefined, reactedId: undefined, reaction: undefined };
    draft.put(put(changes, scrubbed, row));
  }
  return told.length;
}
