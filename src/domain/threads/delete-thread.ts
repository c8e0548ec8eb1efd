/**
 * Deleting a thread. One commit turns the head into a tombstone, takes the thread out of every list and
 * promises a task: from then on it cannot be read, and no late write can revive it. The task copies what
 * forks inherit into the forks, then deletes the rows in bounded steps; a crash resumes it.
 */
import { newUuidV7, type ThreadId } from '../../shared/ids.ts';
import { deletion, put } from '../../records/records.ts';
import {
  edges,
  forks,
  items,
  overlays,
  requests,
  scopes,
  tasks,
  threadTables,
  type Ancestor,
  type EdgeRow,
  type ForkRow,
  type ItemRow,
  type TaskRow,
  type ThreadRow,
} from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import { authorize, mustThreadId } from '../access/authorize.ts';
import type { Principal } from '../access/principal.ts';
import type { Core } from '../core.ts';
import { stretchesOf, throughId, type Stretch } from '../items/item-log.ts';
import { descendantsOf } from './descendants.ts';
import { mustMatchVersion } from './update-thread.ts';

/** See `ThreadsApi.delete`. Resolves when the thread is gone for everybody; its rows follow. */
export async function deleteThread(
  core: Core,
  principal: Principal,
  threadId: string,
  ifVersion?: number,
): Promise<void> {
  const task = await core.writer.write(mustThreadId(threadId), async (draft) => {
    await authorize(core, principal, 'delete', draft.head);
    mustMatchVersion(draft, ifVersion);
    await dropScope(core, draft);
    const purge = { id: newUuidV7(draft.nowMs), kind: 'purge', threadId: draft.head.id };
    draft.put(put(tasks, purge, null));
    draft.updateHead(tombstone(draft.nowMs));
    return purge;
  });
  core.tasks.start(task);
}

function tombstone(nowMs: number): Partial<ThreadRow> {
  return {
    title: '',
    metadata: {},
    tags: [],
    lastPreview: '',
    lastRole: undefined,
    previewItemId: undefined,
    scopeType: undefined,
    scopeId: undefined,
    listedAt: undefined,
    listedPublicly: undefined,
    createdHash: undefined,
    deletedAt: nowMs,
  };
}

/** A scope whose primary thread is deleted may have a new one. */
async function dropScope(core: Core, draft: ThreadDraft): Promise<void> {
  const { projectId, scopeType, scopeId, id } = draft.head;
  if (scopeType === undefined || scopeId === undefined) return;
  const key = [projectId, scopeType, scopeId];
  const scope = await core.records.get(scopes, key);
  if (scope?.threadId === id) draft.delete(deletion(scopes, key));
}

/** The promised part. Every step may run again. */
export async function purgeThread(core: Core, task: TaskRow): Promise<void> {
  const { threadId } = task;
  const head = await core.writer.head(threadId);
  if (head === undefined) return;
  for await (const fork of core.records.scanAll(forks, [threadId])) {
    await leaveToFork(core, head, fork);
  }
  for (const table of threadTables) await core.records.deletePrefix(table, [threadId]);
  await core.records.deletePrefix(requests, [threadId]);
  await forgetAsFork(core, head);
}

/** Gives a fork its own copy of what it inherits from the thread, and its descendants the shorter way there. */
async function leaveToFork(core: Core, head: ThreadRow, { forkId }: ForkRow): Promise<void> {
  const fork = await core.writer.head(forkId);
  if (fork === undefined || fork.deletedAt !== undefined) return;
  const stretch = stretchesOf(fork).find(({ threadId }) => threadId === head.id);
  if (stretch === undefined) return; // an earlier run got this far
  await copyItems(core, stretch, forkId);
  await copyRest(core, head, stretch, forkId);
  await shortenLineage(core, forkId, head.id);
  for await (const descendantId of descendantsOf(core, forkId)) {
    await shortenLineage(core, descendantId, head.id);
  }
}

async function copyItems(core: Core, stretch: Stretch, forkId: ThreadId): Promise<void> {
  let after = stretch.after;
  for (;;) {
    const rows = await core.records.scan(items, {
      prefix: [stretch.threadId],
      before: [throughId(stretch.through!)], // an inherited stretch has an end
      limit: 200,
      ...(after && { after: [after] }),
    });
    const kept = stretch.limited ? rows.filter(isPublicly).map(withoutHistory) : rows;
    const copies = await Promise.all(kept.map((row) => copyFor(core, row, stretch, forkId)));
    await writeIfThere(core, forkId, (draft) => {
      for (const copy of copies) draft.put(put(items, copy));
    });
    after = rows.at(-1)?.id;
    if (rows.length < 200) return;
  }
}

/** An item as the fork has it: with what the fork amended of it, and without what came after the fork. */
async function copyFor(
  core: Core,
  row: ItemRow,
  stretch: Stretch,
  forkId: ThreadId,
): Promise<ItemRow> {
  const overlay = await core.records.get(overlays, [forkId, row.id]);
  const inherited =
    row.replacedById === undefined || row.replacedById <= stretch.through!
      ? row.replacedById
      : await revisionWithin(core, row, stretch);
  const replacedById = overlay?.replacedById ?? inherited;
  const visibility = overlay?.visibility ?? row.visibility;
  return { ...row, threadId: forkId, replacedById, visibility };
}

async function revisionWithin(
  core: Core,
  row: ItemRow,
  stretch: Stretch,
): Promise<ItemRow['id'] | undefined> {
  const [newest] = await core.records.scan(items, {
    index: 'byOriginal',
    prefix: [row.threadId, row.id],
    before: [throughId(stretch.through!)], // an inherited stretch has an end
    reverse: true,
    limit: 1,
  });
  return newest?.id;
}

/** What shines through a limited stretch (`Ancestor.limited`) is all that its copy may hold. */
function isPublicly(row: ItemRow): boolean {
  return row.visibility === 'visible' && !row.private;
}

/** What was edited away is history, which a limited stretch does not show. */
function withoutHistory(row: ItemRow): ItemRow {
  return row.replacedById === undefined ? row : { ...row, parts: [], metadata: {} };
}

/** The edges among the copied items, and what the thread had amended of items that it inherited itself. */
async function copyRest(
  core: Core,
  head: ThreadRow,
  stretch: Stretch,
  forkId: ThreadId,
): Promise<void> {
  const through = stretch.through!; // an inherited stretch has an end
  for await (const edge of core.records.scanAll<EdgeRow>(edges, [head.id])) {
    if (edge.fromItemId > through || edge.toItemId > through) continue;
    await writeIfThere(core, forkId, (draft) =>
      draft.put(put(edges, { ...edge, threadId: forkId })),
    );
  }
  for await (const overlay of core.records.scanAll(overlays, [head.id])) {
    if (stretch.limited || overlay.itemId > through) continue;
    const own = await core.records.get(overlays, [forkId, overlay.itemId]);
    await writeIfThere(core, forkId, (draft) => {
      draft.put(put(overlays, { ...overlay, ...own, threadId: forkId }));
      draft.head = { ...draft.head, overlaid: true };
    });
  }
}

/** Takes the thread out of a lineage: whoever comes next in it holds the copies now. */
async function shortenLineage(core: Core, forkId: ThreadId, goneId: ThreadId): Promise<void> {
  await writeIfThere(core, forkId, (draft) => {
    const lineage = draft.head.lineage ?? [];
    const at = lineage.findIndex(({ threadId }) => threadId === goneId);
    if (at < 0) return;
    const shorter: Ancestor[] = lineage.toSpliced(at, 1);
    const heir = shorter[at];
    if (heir && lineage[at]!.limited) shorter[at] = { ...heir, limited: true };
    if (heir && lineage[at]!.overlaid) shorter[at] = { ...shorter[at]!, overlaid: true };
    draft.head = { ...draft.head, lineage: shorter.length === 0 ? undefined : shorter };
  });
}

/** A fork that is itself deleted meanwhile needs nothing any more. */
async function writeIfThere(
  core: Core,
  threadId: ThreadId,
  step: (draft: ThreadDraft) => void,
): Promise<void> {
  const head = await core.writer.head(threadId);
  if (head === undefined || head.deletedAt !== undefined) return;
  await core.writer.write(threadId, step);
}

/** Takes a deleted fork off the list at its fork point. */
async function forgetAsFork(core: Core, head: ThreadRow): Promise<void> {
  const { forkedItemId, lineage } = head;
  const home = lineage?.at(-1)?.threadId;
  if (forkedItemId === undefined || home === undefined) return;
  await core.records.commit({ deletes: [deletion(forks, [home, forkedItemId, head.id])] });
}
