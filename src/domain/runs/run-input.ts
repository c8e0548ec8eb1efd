import { invalid } from '../../shared/error.ts';
import { parseItemId } from '../../shared/ids.ts';
import type { ItemRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import type { Core } from '../core.ts';
import { findInDraft } from '../items/draft-items.ts';
import type { Start } from './run-request.ts';

/** The item that is answered: the last of the input, the one that is named, or the newest of a user. */
export async function findInput(
  start: Start,
  draft: ThreadDraft,
  last: ItemRow | undefined,
): Promise<ItemRow> {
  const { core, inputItemId, replacesId } = start;
  if (last) return last;
  if (inputItemId !== undefined) return mustItem(core, draft, inputItemId, 'inputItemId');
  const replaced =
    replacesId === undefined ? undefined : await mustItem(core, draft, replacesId, 'replacesId');
  if (replaced?.parentId !== undefined) {
    return mustItem(core, draft, replaced.parentId, 'replacesId');
  }
  const newest = draft.head.lastItemId;
  if (newest === undefined) throw invalid('input', 'is missing: the thread has no item to answer');
  return mustItem(core, draft, newest, 'input');
}

export async function mustItem(
  core: Core,
  draft: ThreadDraft,
  text: string,
  path: string,
): Promise<ItemRow> {
  const id = parseItemId(text);
  const row = id && (await findInDraft(core, draft, id));
  if (!row || row.redactedAt !== undefined) throw invalid(path, 'is not an item of this thread');
  return row;
}
