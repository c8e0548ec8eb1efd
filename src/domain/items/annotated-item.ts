/** What people attach to an item, and who may. */
import type { ItemRow, ThreadRow } from '../../records/tables.ts';
import { notFound, SkeinError } from '../../shared/error.ts';
import { parseItemId } from '../../shared/ids.ts';
import { mayReadLog } from '../access/authorize.ts';
import type { Visiting, Writing } from '../base/core.ts';
import { findInDraft, newestInDraft } from '../log/draft-items.ts';
import { findItem } from '../log/item-log.ts';
import { viewRows, type ShownRow } from '../log/item-view.ts';
import { isKeptFrom } from '../log/kept-from.ts';

/**
 * The item that something is attached to: the original of the one that is named. Throws
 * `not_found` for one that is kept from the caller, and `conflict` for one that is not shown.
 */
export async function mustShownItem(writing: Writing, itemId: string): Promise<ItemRow> {
  const original = await mustItemInDraft(writing, itemId);
  const newest = await newestInDraft(writing, original.id);
  if (newest === undefined) throw notShown('was redacted');
  if (original.visibility !== 'visible') throw notShown(`is ${original.visibility}`);
  return original;
}

/** Likewise, also one that is not shown any more: what was attached to it can be taken away. */
export async function mustItemInDraft(writing: Writing, itemId: string): Promise<ItemRow> {
  const id = parseItemId(itemId);
  const named = id && (await findInDraft(writing, id));
  const { originalId } = named ?? {};
  const original = originalId === undefined ? named : await findInDraft(writing, originalId);
  if (named === undefined || original === undefined) throw notFound('The item');
  const newest = await newestInDraft(writing, original.id);
  for (const row of new Set([named, original, newest])) {
    if (row && (await isKeptFrom(writing, writing.draft.head, row))) throw notFound('The item');
  }
  return original;
}

/**
 * The same for reading what was attached: the place of an item as the caller sees it. A revision
 * has its original's.
 */
export async function mustSeePlace(
  reading: Visiting,
  head: ThreadRow,
  itemId: string,
): Promise<ShownRow> {
  const { core, principal } = reading;
  const id = parseItemId(itemId);
  const named = id && (await findItem(core.records, head, id));
  const { originalId } = named?.row ?? {};
  const original =
    originalId === undefined ? named : await findItem(core.records, head, originalId);
  if (named === undefined || original === undefined) throw notFound('The item');
  const view = mayReadLog(principal) ? 'log' : 'current';
  const [seen] = await viewRows(reading, head, view, [original]);
  const isHidden = seen === undefined || (await isKeptFrom(reading, head, named.row));
  if (isHidden) throw notFound('The item');
  return seen;
}

function notShown(why: string): SkeinError {
  return new SkeinError('conflict', `The item ${why}: nothing can be attached to it.`);
}
