import { invalid, notFound, SkeinError } from '../../shared/error.ts';
import { parseItemId, type ItemId, type ThreadIdText } from '../../shared/ids.ts';
import type { ItemRow, TaskRow, ThreadRow } from '../../records/tables.ts';
import { authorize, isOwner, mayLead, mustTarget } from '../access/authorize.ts';
import { isConfidential, mayDerive } from '../access/may-derive.ts';
import type { Reading, Writing, Visiting } from '../base/core.ts';
import type { VersionOptions } from '../../api/write-options.ts';
import { mustKnownKeys, mustKnowOptions, mustOneOf } from '../../shared/validate.ts';
import { mustMatchVersion } from '../requests/must-match-version.ts';
import { findInDraft, putOverlay } from '../log/draft-items.ts';
import { itemVisibilities, type Item, type ItemVisibility } from '../../api/item.ts';
import { readFamily } from '../log/item-family.ts';
import { decideMark } from '../log/decide-marks.ts';
import { findItem, stretchOf } from '../log/item-log.ts';
import { viewRows, withNeutralErrors } from '../log/item-view.ts';
import { oweForks } from '../forks/owe-forks.ts';
import { presentItem } from './present-item.ts';
import { readReactions } from './shown-reactions.ts';
import { refreshPreview } from '../head/refresh-preview.ts';

interface VisibilityUpdate {
  readonly id: string;
  readonly visibility: ItemVisibility;
}

/** Shows, hides or archives items, all in one commit. See `ItemsApi.update`. */
export async function setItemVisibility(
  reading: Reading,
  threadId: ThreadIdText,
  updates: readonly VisibilityUpdate[],
  options: VersionOptions = {},
): Promise<Item[]> {
  mustKnowOptions(options, { ifVersion: true });
  const { core, principal } = reading;
  const thread = mustTarget(reading, threadId);
  if (!Array.isArray(updates)) throw invalid('updates', 'must be an array');
  if (updates.length > core.limits.itemsPerRequestMax) {
    throw invalid('updates', `must have at most ${core.limits.itemsPerRequestMax} entries`);
  }
  updates.forEach(mustUpdate);
  if (updates.length === 0) return [];
  const { changed, owed, visiting, head } = await core.writer.write(thread, async (draft) => {
    const writing = await authorize({ core, principal, draft }, 'read');
    mustMatchVersion(draft.head, options.ifVersion);
    const owed: (TaskRow | undefined)[] = [];
    const changed: ItemRow[] = [];
    for (const { id, visibility } of updates) {
      const seen = await mustSee(writing, id);
      await mustMayHide(writing, draft.head, seen);
      owed.push(await changeVisibility(writing, seen.originalId ?? seen.id, visibility));
      const told = isOwner(principal, draft.head) ? seen : withNeutralErrors(seen);
      changed.push({ ...told, visibility });
    }
    return { changed, owed, visiting: writing, head: draft.head };
  });
  for (const task of owed) if (task) await core.tasks.whenDone(task);
  const reactions = await readReactions(visiting, head, changed);
  return changed.map((row) => presentItem(row, thread, reactions, head.pins));
}

function mustUpdate(update: VisibilityUpdate, i: number): void {
  mustKnownKeys(update, knownKeys, `updates.${i}`);
  mustOneOf(itemVisibilities, update.visibility, `updates.${i}.visibility`);
}

const knownKeys: ReadonlySet<string> = new Set(['id', 'visibility']);

/**
 * Readers see an item and its revisions as one, so they are shown and hidden together. Returns the
 * task owed to the thread's forks, if any.
 */
export async function changeVisibility(
  writing: Writing,
  originalId: ItemId,
  visibility: string,
): Promise<TaskRow | undefined> {
  const { principal, draft } = writing;
  const original = (await findInDraft(writing, originalId))!; // the caller found it or its revision
  if (original.visibility === visibility) return undefined;
  if (original.threadId !== draft.head.id) await putOverlay(writing, originalId, { visibility });
  for (const row of await readFamily(writing, originalId)) {
    if (row.visibility !== visibility) draft.rewriteItem({ ...row, visibility }, row);
  }
  draft.addChange({
    type: 'visibility',
    itemId: originalId,
    authorId: principal.userId,
    was: original.visibility,
  });
  await refreshPreview(writing);
  return oweForks(writing, 'refresh', originalId);
}

/** The item as the caller may see it; of a limited stretch, only the public view. */
async function mustSee(writing: Writing, id: string): Promise<ItemRow> {
  const { core, draft } = writing;
  const itemId = parseItemId(id);
  const row = itemId && (await findInDraft(writing, itemId));
  if (row === undefined) throw notFound('The item');
  if (!stretchOf(draft.head, row.id).limited) return row;
  const found = await findItem(core.records, draft.head, row.id);
  const rows = found ? [found] : [];
  const [seen] = await viewRows(writing, draft.head, 'log', rows);
  if (seen === undefined) throw notFound('The item');
  return seen.shown;
}

/**
 * A caller that leads the thread may hide what others wrote; every user may hide their own items.
 */
export async function mustMayHide(reading: Visiting, head: ThreadRow, row: ItemRow): Promise<void> {
  const { core, principal } = reading;
  if (principal.userId === undefined) {
    throw new SkeinError('unauthenticated', 'Sign in to do this: the request names no user.');
  }
  const decided = await decideMark(core, head, row);
  if (!mayDerive(decided, { principal, head })) throw notFound('The item');
  if (mayLead(principal)) return;
  // Whom something private is for finds it, hidden or not.
  const isOpen = row.visibility === 'visible' || isConfidential(decided);
  if (!isOpen) throw notFound('The item');
  if (row.authorId === principal.userId) return;
  throw new SkeinError(
    'forbidden',
    "Only its author or the thread's owner may do this to an item.",
  );
}
