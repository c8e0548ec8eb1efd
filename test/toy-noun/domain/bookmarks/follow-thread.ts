/** How bookmarks follow what happens to their items and threads: the noun's hooks and tasks. */
import { newTask } from '../../../../src/records/new-task.ts';
import { deletion, put } from '../../../../src/records/records.ts';
import { taskQueue, type ItemRow, type TaskRow } from '../../../../src/records/tables.ts';
import type { ThreadDraft } from '../../../../src/records/thread-draft.ts';
import type { AfterCommit } from '../../../../src/domain/base/hooks.ts';
import type { Core, Drafting } from '../../../../src/domain/base/core.ts';
import { writeIfThere } from '../../../../src/domain/forks/owe-forks.ts';
import { bookmarks, type BookmarkRow } from '../../records/tables/bookmark-tables.ts';
import { putRow } from './put-bookmarks.ts';

/** A commit takes at most this many rows along; the rest is a task. */
const stepMax = 100;

/** An author may bookmark what they append: `metadata: { bookmark: true }`. */
export function bookmarkAppended(drafting: Drafting, rows: readonly ItemRow[]): void {
  for (const { id: itemId, authorId: userId, metadata } of rows) {
    if (metadata.bookmark === true && userId !== undefined) {
      putRow(drafting, { userId, itemId, label: '' });
    }
  }
}

/** A label may quote its item: it goes in the commit that redacts the item. */
export async function scrubLabels(
  { core, draft }: Drafting,
  rows: readonly ItemRow[],
): Promise<AfterCommit | undefined> {
  for (const { threadId, id: itemId } of rows) {
    const found = await labelled(core, { threadId, itemId });
    scrub(draft, found);
    if (found.length < stepMax) continue;
    const task = newTask(draft.nowMs, { kind: 'scrub-bookmarks', threadId, itemId });
    draft.put(put(taskQueue, task, null));
  }
  return undefined;
}

/** The promised part: the labels beyond the first hundred. */
export async function scrubRest(core: Core, { threadId, itemId }: TaskRow): Promise<void> {
  if (itemId === undefined) return;
  let after: string | undefined;
  for (;;) {
    const found = await labelled(core, { threadId, itemId, ...(after && { after }) });
    await writeIfThere(core, threadId, (draft) => scrub(draft, found));
    after = found.at(-1)?.userId;
    if (found.length < stepMax) return;
  }
}

function labelled(
  core: Core,
  { threadId, itemId, after }: Pick<TaskRow, 'threadId' | 'itemId'> & { readonly after?: string },
): Promise<BookmarkRow[]> {
  return core.records.scan(bookmarks, {
    index: 'byItem',
    prefix: [threadId, itemId!], // both callers have an item
    limit: stepMax,
    ...(after && { after: [after] }),
  });
}

function scrub(draft: ThreadDraft, rows: readonly BookmarkRow[]): void {
  for (const row of rows) draft.put(put(bookmarks, { ...row, label: '' }));
}

/** Those who have bookmarks in a deleted thread lose them at once; the purge takes what is left. */
export async function dropBookmarks({ core, draft }: Drafting): Promise<void> {
  const range = { prefix: [draft.head.id], limit: stepMax };
  for (const row of await core.records.scan(bookmarks, range)) {
    draft.delete(deletion(bookmarks, [row.threadId, row.userId, row.itemId], row));
  }
}

/** A fork may inherit any number of bookmarks, so copying them is a task of the fork. */
export function promiseCopies({ draft }: Drafting): void {
  const task = newTask(draft.nowMs, { kind: 'copy-bookmarks', threadId: draft.head.id });
  draft.put(put(taskQueue, task, null));
}

/** The promised part: who forked a thread keeps their bookmarks of what the fork inherits. */
export async function copyBookmarks(core: Core, { threadId: forkId }: TaskRow): Promise<void> {
  const fork = await core.writer.head(forkId);
  if (fork?.forkedThreadId === undefined || fork.forkedItemId === undefined) return;
  const { forkedThreadId, forkedItemId, ownerId } = fork;
  let step: BookmarkRow[] = [];
  const write = async (): Promise<void> => {
    const copies = step.map((row) => ({ ...row, threadId: forkId }));
    step = [];
    await writeIfThere(core, forkId, (draft) => {
      for (const copy of copies) draft.put(put(bookmarks, copy));
    });
  };
  for await (const row of core.records.scanAll<BookmarkRow>(bookmarks, [forkedThreadId, ownerId])) {
    if (row.itemId > forkedItemId) break;
    if (step.push(row) === stepMax) await write();
  }
  await write();
}
