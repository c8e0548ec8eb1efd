import { put } from '../../records/records.ts';
import { newTask } from '../../records/new-task.ts';
import { forks, taskQueue, threads, type TaskRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import { SkeinError } from '../../shared/error.ts';
import type { ItemId, StoredThreadId } from '../../shared/ids.ts';
import type { Core, Drafting } from '../base/core.ts';

/**
 * Promises, in the commit that amends an item, to tell the forks that inherit it. Returns the task
 * that keeps the promise, or `undefined` if no fork inherits the item.
 */
export async function oweForks(
  { core, draft }: Drafting,
  kind: 'redact' | 'refresh',
  itemId: ItemId,
): Promise<TaskRow | undefined> {
  const threadId = draft.head.id;
  const [last] = await core.records.scan(forks, { prefix: [threadId], reverse: true, limit: 1 });
  if (last === undefined || last.itemId < itemId) return undefined;
  const task = newTask(draft.nowMs, { kind, threadId, itemId });
  draft.put(put(taskQueue, task, null));
  return task;
}

/** Runs a step on every thread that inherits the item of a task. */
export async function payForks(
  core: Core,
  task: TaskRow,
  step: (draft: ThreadDraft, itemId: ItemId) => Promise<void>,
): Promise<void> {
  const { threadId, itemId } = task;
  if (itemId === undefined) return;
  for await (const forkId of descendantsOf(core, threadId, itemId)) {
    // A fork that does not exist yet inherits the item too: the task fails and is retried.
    if (!core.records.isAtomicAcrossPartitions) await core.records.getNamed(threads, [forkId]);
    await writeIfThere(core, forkId, (draft) => step(draft, itemId));
  }
}

/** Writes to a fork, unless it has been deleted meanwhile. Returns whether it existed. */
export async function writeIfThere(
  core: Core,
  threadId: StoredThreadId,
  step: (draft: ThreadDraft) => void | Promise<void>,
): Promise<boolean> {
  try {
    await core.writer.write(threadId, step);
    return true;
  } catch (error) {
    if (error instanceof SkeinError && error.code === 'not_found') return false;
    throw error;
  }
}

/** Writes to a thread in commits of bounded size, until a step says that it was the last. */
export async function writeInSteps(
  core: Core,
  threadId: StoredThreadId,
  step: (draft: ThreadDraft) => Promise<boolean>,
): Promise<void> {
  let isAll = false;
  while (!isAll) {
    isAll = true; // unless the thread is still there
    await writeIfThere(core, threadId, async (draft) => {
      isAll = await step(draft);
    });
  }
}

/** The forks of a thread that inherit one of its items, and their forks in turn; parents first. */
export async function* descendantsOf(
  core: Core,
  threadId: StoredThreadId,
  fromItemId?: ItemId,
): AsyncGenerator<StoredThreadId, void, undefined> {
  const waiting: { threadId: StoredThreadId; fromItemId: ItemId | undefined }[] = [
    { threadId, fromItemId },
  ];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    for await (const row of core.records.scanAll(forks, [next.threadId])) {
      if (next.fromItemId !== undefined && row.itemId < next.fromItemId) continue;
      yield row.forkId;
      // A fork at one of the fork's own items inherits everything that the fork inherits.
      waiting.push({ threadId: row.forkId, fromItemId: undefined });
    }
  }
}
