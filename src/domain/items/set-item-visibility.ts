import { invalid, notFound, SkeinError } from '../../shared/error.ts';
import { parseItemId, type ItemId } from '../../shared/ids.ts';
import { put } from '../../records/records.ts';
import { overlays, type ItemRow, type ThreadRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import { authorize, mustThreadId } from '../access/authorize.ts';
import { can } from '../access/can.ts';
import type { Principal } from '../access/principal.ts';
import type { Core } from '../core.ts';
import type { ThreadMode, ThreadVisibility } from '../threads/thread.ts';
import { mustKnownKeys, mustOneOf } from '../validate.ts';
import { findInDraft } from './append-items.ts';
import { itemVisibilities, type Item, type ItemVisibility } from './item.ts';
import { presentItem } from './present-item.ts';
import { refreshPreview } from './refresh-preview.ts';

export interface VisibilityUpdate {
  readonly id: string;
  readonly visibility: ItemVisibility;
}

/** Shows, hides or archives items, all in one commit. See `ItemsApi.update`. */
export async function setItemVisibility(
  core: Core,
  principal: Principal,
  threadId: string,
  updates: readonly VisibilityUpdate[],
): Promise<Item[]> {
  const id = mustThreadId(threadId);
  if (!Array.isArray(updates)) throw invalid('updates', 'must be an array');
  if (updates.length > core.limits.itemsPerRequestMax) {
    throw invalid('updates', `must have at most ${core.limits.itemsPerRequestMax} entries`);
  }
  updates.forEach(mustUpdate);
  if (updates.length === 0) return [];
  return core.writer.write(id, async (draft) => {
    await authorize(core, principal, 'read', draft.head);
    const changed: Item[] = [];
    for (const update of updates) {
      changed.push(presentItem(await setOne(core, principal, draft, update), id));
    }
    return changed;
  });
}

function mustUpdate(update: VisibilityUpdate, i: number): void {
  mustKnownKeys(update, knownKeys, `updates.${i}`);
  mustOneOf(itemVisibilities, update.visibility, `updates.${i}.visibility`);
}

const knownKeys: ReadonlySet<string> = new Set(['id', 'visibility']);

/** An item and its revisions are one thing to people: they are shown and hidden together. */
async function setOne(
  core: Core,
  principal: Principal,
  draft: ThreadDraft,
  { id, visibility }: VisibilityUpdate,
): Promise<ItemRow> {
  const named = await mustItem(core, draft, id);
  mustMayHide(principal, draft.head, named);
  const originalId = named.originalId ?? named.id;
  const original = await mustItem(core, draft, originalId);
  const family = [original, named];
  if (original.replacedById !== undefined) {
    const newest = await findInDraft(core, draft, original.replacedById);
    if (newest) family.push(newest);
  }
  const members = new Map(family.map((row) => [row.id, row]));
  let isChanged = false;
  for (const row of members.values()) {
    if (row.visibility === visibility && row.threadId === draft.head.id) continue;
    setRow(draft, row, visibility);
    isChanged = true;
  }
  if (isChanged) {
    draft.addChange({ type: 'visibility', itemId: originalId, authorId: principal.userId });
    await refreshPreview(core, draft);
  }
  return { ...named, visibility };
}

function setRow(draft: ThreadDraft, row: ItemRow, visibility: string): void {
  if (row.threadId === draft.head.id) {
    draft.rewriteItem({ ...row, visibility }, row);
    return;
  }
  // The row belongs to the source of this fork, where it stays as it is.
  const { replacedById } = row;
  draft.put(put(overlays, { threadId: draft.head.id, itemId: row.id, replacedById, visibility }));
  draft.head = { ...draft.head, overlaid: true };
}

async function mustItem(core: Core, draft: ThreadDraft, id: string): Promise<ItemRow> {
  const itemId = parseItemId(id);
  const row = itemId && (await findWithOverlay(core, draft, itemId));
  if (row === undefined) throw notFound('The item');
  return row;
}

async function findWithOverlay(
  core: Core,
  draft: ThreadDraft,
  itemId: ItemId,
): Promise<ItemRow | undefined> {
  const row = await findInDraft(core, draft, itemId);
  if (row === undefined || row.threadId === draft.head.id || !draft.head.overlaid) return row;
  const overlay = await core.records.get(overlays, [draft.head.id, itemId]);
  return overlay ? { ...row, replacedById: overlay.replacedById ?? row.replacedById } : row;
}

/** Those who lead a thread hide what others wrote; everybody hides what is their own. */
export function mustMayHide(principal: Principal, head: ThreadRow, row: ItemRow): void {
  const mode = head.mode as ThreadMode; // rows hold what the validated model put there
  const visibility = head.visibility as ThreadVisibility;
  if (can(principal, 'hideItem', { ...head, mode, visibility }) === 'yes') return;
  if (principal.userId === undefined) {
    throw new SkeinError('unauthenticated', 'Sign in to do this: the request names no user.');
  }
  if (row.visibility !== 'visible' || row.private) throw notFound('The item');
  if (row.authorId === principal.userId) return;
  throw new SkeinError(
    'forbidden',
    "Only its author or the thread's owner may do this to an item.",
  );
}
