/**
 * Redaction removes the parts of an item and of all its revisions for good, wherever forks inherit it,
 * and keeps the tombstone. The item's own thread is done in one commit, which promises a task for the
 * forks that made revisions of their own; the task survives a crash.
 */
import { notFound, SkeinError } from '../../shared/error.ts';
import { newUuidV7, parseItemId, type ItemId, type ThreadId } from '../../shared/ids.ts';
import { put } from '../../records/records.ts';
import {
  forks,
  items,
  tasks,
  type ItemRow,
  type TaskRow,
  type ThreadRow,
} from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import type { Operation } from '../../records/thread-writer.ts';
import { authorize, mustHead } from '../access/authorize.ts';
import type { Principal } from '../access/principal.ts';
import type { Core } from '../core.ts';
import { descendantsOf } from '../threads/descendants.ts';
import type { Item } from './item.ts';
import { findItem, stretchOf } from './item-log.ts';
import { presentItem } from './present-item.ts';
import { refreshPreview } from './refresh-preview.ts';
import { mustMayHide } from './set-item-visibility.ts';

/** See `ItemsApi.redact`. */
export async function redactItems(
  core: Core,
  principal: Principal,
  threadId: string,
  itemIds: readonly string[],
): Promise<Item[]> {
  const redacted: Item[] = [];
  for (const itemId of itemIds) {
    const head = await mustHead(core, principal, 'read', threadId);
    redacted.push(await redactItem(core, principal, head, itemId));
  }
  return redacted;
}

async function redactItem(
  core: Core,
  principal: Principal,
  head: ThreadRow,
  id: string,
): Promise<Item> {
  const itemId = parseItemId(id);
  const named = itemId && (await findItem(core.records, head, itemId));
  if (named === undefined || itemId === undefined) throw notFound('The item');
  mustMayHide(principal, head, named.row);
  const originalId = named.row.originalId ?? named.row.id;
  const homeId = stretchOf(head, originalId).threadId;
  const isRevisionHere = named.row.threadId === head.id && homeId !== head.id;
  // The redaction of a fork's own revision asks nothing of the source; that of an inherited item does.
  const at = isRevisionHere ? head.id : homeId;
  const task = await writeAtHome(core, head, at, (draft) =>
    redactFamily(core, principal, draft, originalId, named.row),
  );
  if (task) await core.tasks.run(task);
  const row = await core.records.get(items, [named.row.threadId, itemId]);
  return presentItem(row ?? named.row, head.id);
}

/** Whoever reads an item through a fork may well not know the thread that it comes from. */
async function writeAtHome<T>(
  core: Core,
  head: ThreadRow,
  homeId: ThreadId,
  operation: Operation<T>,
): Promise<T> {
  try {
    return await core.writer.write(homeId, operation);
  } catch (error) {
    const isHidden =
      error instanceof SkeinError && error.code === 'not_found' && homeId !== head.id;
    if (!isHidden) throw error;
    throw new SkeinError(
      'forbidden',
      'The item belongs to the thread that this one was forked from.',
      {
        cause: error,
      },
    );
  }
}

/** Redacts an item and its revisions in one thread. Returns the task that the thread's forks are owed, if any. */
async function redactFamily(
  core: Core,
  principal: Principal,
  draft: ThreadDraft,
  originalId: ItemId,
  named: ItemRow,
): Promise<TaskRow | undefined> {
  await authorize(core, principal, 'read', draft.head);
  mustMayHide(principal, draft.head, named);
  if (!(await redactRows(core, draft, originalId, principal.userId))) return undefined;
  const threadId = draft.head.id;
  const [fork] = await core.records.scan(forks, { prefix: [threadId], reverse: true, limit: 1 });
  if (fork === undefined || fork.itemId < originalId) return undefined;
  const task = { id: newUuidV7(draft.nowMs), kind: 'redact', threadId, itemId: originalId };
  draft.put(put(tasks, task, null));
  return task;
}

/** Redacts what a thread has of an item's family; whether there was anything left to redact. */
async function redactRows(
  core: Core,
  draft: ThreadDraft,
  originalId: ItemId,
  authorId: string | undefined,
): Promise<boolean> {
  const family = await readFamily(core, draft, originalId);
  const remaining = family.filter((row) => row.redactedAt === undefined);
  for (const row of remaining) {
    draft.rewriteItem({ ...row, parts: [], metadata: {}, redactedAt: draft.nowMs }, row);
  }
  if (remaining.length === 0) return false;
  draft.addChange({ type: 'redaction', itemId: originalId, authorId });
  await refreshPreview(core, draft);
  return true;
}

async function readFamily(core: Core, draft: ThreadDraft, originalId: ItemId): Promise<ItemRow[]> {
  const threadId = draft.head.id;
  const original = await core.records.get(items, [threadId, originalId]);
  const revisions: ItemRow[] = original ? [original] : [];
  let after: ItemId | undefined;
  for (;;) {
    const page = await core.records.scan(items, {
      index: 'byOriginal',
      prefix: [threadId, originalId],
      limit: 1000,
      ...(after && { after: [after] }),
    });
    revisions.push(...page);
    after = page.at(-1)?.id;
    if (page.length < 1000) break;
  }
  const stored = revisions.map((row) => draft.findItem(row.id) ?? row);
  const pending = [draft.findItem(originalId), ...draft.findRevisions(originalId)];
  const known = new Set(stored.map(({ id }) => id));
  for (const row of pending) if (row && !known.has(row.id)) stored.push(row);
  return stored;
}

/** The promised part: the forks' own revisions, their previews, and a change for their live readers. */
export async function redactInForks(core: Core, task: TaskRow): Promise<void> {
  const { threadId, itemId } = task;
  if (itemId === undefined) return;
  for await (const forkId of descendantsOf(core, threadId, itemId)) {
    await redactInFork(core, forkId, itemId);
  }
}

async function redactInFork(core: Core, forkId: ThreadId, originalId: ItemId): Promise<void> {
  const head = await core.writer.head(forkId);
  if (head === undefined || head.deletedAt !== undefined) return;
  await core.writer.write(forkId, async (draft) => {
    if (await redactRows(core, draft, originalId, undefined)) return;
    draft.addChange({ type: 'redaction', itemId: originalId });
    await refreshPreview(core, draft);
  });
}
