/**
 * The promised part of a deletion: copies inherited items into forks, lets every noun leave what it
 * has to the heirs, and then deletes the rows in bounded steps. Every step may run again.
 */
import type { PurgeSteps } from '../base/hooks.ts';
import { tombstone } from '../head/erase-thread.ts';
import { ConflictError } from '../../shared/error.ts';
import type { StoredThreadId } from '../../shared/ids.ts';
import { deletion, type Key } from '../../records/records.ts';
import { newTask } from '../../records/new-task.ts';
import {
  changes,
  forks,
  requests,
  taskQueue,
  threads,
  type ChangeRow,
  type ForkRow,
  type TaskRow,
  type ThreadRow,
} from '../../records/tables.ts';
import type { Core } from '../base/core.ts';
import { stretchesOf } from '../log/item-log.ts';
import { writeIfThere, descendantsOf } from '../forks/owe-forks.ts';
import { newThreadDraft } from '../threads/create-thread.ts';
import { prepareThread } from '../threads/prepare-thread.ts';
import { copyItems } from './copy-inherited.ts';
import { copyOverlays, takeOver, forgetOverlays, shortenLineage } from './settle-overlays.ts';

/** The promised part. Every step may run again. */
export async function purgeThread(
  core: Core,
  { threadId }: Pick<TaskRow, 'threadId'>,
): Promise<void> {
  const head = await core.writer.head(threadId);
  if (head === undefined) return;
  await payDebts(core, threadId);
  for (;;) {
    // Forks that inherit through another deleted fork are added while this runs.
    const [fork] = await core.records.scan(forks, { prefix: [threadId], limit: 1 });
    if (fork === undefined) break;
    await leaveToFork(core, head, fork.forkId);
    await core.records.commit({ deletes: [deletion(forks, keyOf(fork), fork)] });
  }
  const steps: PurgeSteps = {
    purge: (heirId) => purgeThread(core, { threadId: heirId }),
    takeId: (heirId) => takeId(core, head, heirId),
  };
  const finishing: (() => void)[] = [];
  for (const onPurge of core.hooks.onPurge) {
    const finish = await onPurge(core, head, steps);
    if (finish) finishing.push(finish);
  }
  for (const table of core.threadTables) await core.records.deletePrefix(table, [threadId]);
  for (const finish of finishing) finish();
  await core.records.deletePrefix(requests, [threadId]);
  await forgetAsFork(core, head);
}

/** Creates a tombstone if there is no thread. */
async function takeId(core: Core, gone: ThreadRow, threadId: StoredThreadId): Promise<void> {
  if ((await core.writer.head(threadId)) !== undefined) return;
  const draft = newThreadDraft(core, gone, threadId, prepareThread(core.limits, {}));
  draft.head = { ...draft.head, ...tombstone(draft.nowMs) };
  try {
    await core.writer.create(draft);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error; // just created
  }
}

/** Finishes what the thread still owes its forks while these are known. */
async function payDebts(core: Core, threadId: StoredThreadId): Promise<void> {
  const promised = { index: 'byThread', prefix: [threadId], limit: 100 };
  for (;;) {
    const rows = await core.records.scan(taskQueue, promised);
    const debts = rows.filter(({ kind }) => kind !== 'purge');
    if (debts.length === 0) break;
    for (const debt of debts) await core.tasks.run(debt); // a finished task leaves the queue
  }
  if (!core.records.isAtomicAcrossPartitions) await payUnseenDebts(core, threadId);
}

/**
 * A promise may still be under way to the queue, and would find no forks any more. The thread
 * knows what it has promised: its own rows came with the change that did.
 */
async function payUnseenDebts(core: Core, threadId: StoredThreadId): Promise<void> {
  const sinceMs = await firstForkedAt(core, threadId);
  for await (const row of core.records.scanAll<ChangeRow>(changes, [threadId])) {
    const kind = debtKinds[row.type];
    // A fork that was made later has inherited the change.
    if (kind === undefined || row.createdAt < sinceMs) continue;
    await core.tasks.run(newTask(core.clock(), { kind, threadId, itemId: row.itemId }));
  }
}

/** When the first fork was made: of one that is still under way it is not known. */
async function firstForkedAt({ records }: Core, threadId: StoredThreadId): Promise<number> {
  let firstMs = Infinity;
  for await (const { forkId } of records.scanAll<ForkRow>(forks, [threadId])) {
    const head = await records.get(threads, [forkId]);
    firstMs = Math.min(firstMs, head?.createdAt ?? -Infinity);
  }
  return firstMs;
}

/** The tasks that tell forks of a change. They may run again. */
const debtKinds: Readonly<Record<string, string>> = { redaction: 'redact', visibility: 'refresh' };

/**
 * Gives a fork its own copies of what it inherits from the thread, and shortens its descendants'
 * lineages.
 */
async function leaveToFork(core: Core, gone: ThreadRow, forkId: StoredThreadId): Promise<void> {
  // A fork that does not exist yet needs what it inherits: the task fails and is retried.
  const fork = await core.records.getNamed(threads, [forkId]);
  if (fork === undefined) return;
  // A fork that is deleted, too, goes first, so that its own forks become forks of this thread.
  if (fork.deletedAt !== undefined) return purgeThread(core, { threadId: forkId });
  const stretch = stretchesOf(fork).find(({ threadId }) => threadId === gone.id);
  if (stretch !== undefined) {
    await copyItems(core, stretch, fork);
    for (const onLeave of core.hooks.onLeave) await onLeave(core, stretch, forkId);
    await copyOverlays(core, stretch, forkId);
    // It was deleted meanwhile, which is another case.
    if (!(await takeOver(core, stretch, forkId))) return leaveToFork(core, gone, forkId);
  }
  for await (const descendantId of descendantsOf(core, forkId)) {
    await writeIfThere(core, descendantId, (draft) => shortenLineage(draft, gone.id));
  }
  await forgetOverlays(core, forkId);
}

/** Removes a deleted fork from the list at its fork point. */
async function forgetAsFork(core: Core, head: ThreadRow): Promise<void> {
  const home = head.lineage?.at(-1);
  if (home === undefined) return;
  await core.records.commit({ deletes: [deletion(forks, [home.threadId, home.itemId, head.id])] });
}

function keyOf({ threadId, itemId, forkId }: ForkRow): Key {
  return [threadId, itemId, forkId];
}
