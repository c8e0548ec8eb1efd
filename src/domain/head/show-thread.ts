/**
 * Heads as callers see them. The previews and generated titles of older versions may tell of
 * answers that saw something private: those who may not read such an answer get what this version
 * derives.
 */
import type { Thread } from '../../api/thread.ts';
import { threads, type ItemRow, type ThreadRow } from '../../records/tables.ts';
import type { ItemId, StoredThreadId } from '../../shared/ids.ts';
import { LruMap } from '../../shared/lru-map.ts';
import { seesAll } from '../access/authorize.ts';
import type { Core, Reading } from '../base/core.ts';
import { perStore } from '../base/per-store.ts';
import { presentThread } from '../base/present-thread.ts';
import { decideMarks, decideMark, isAfterPrivate, isUndecided } from '../log/decide-marks.ts';
import { findItem, scanLog } from '../log/item-log.ts';
import { shownRevisions } from '../log/item-view.ts';
import { previewFrom, rowsPreviewedMax } from './preview.ts';
import { rowsTitledMax, titleFromRows, type Title } from './refresh-title.ts';

/** A head as this caller sees it. */
export async function showThread({ core, principal }: Reading, head: ThreadRow): Promise<Thread> {
  const mayAll = seesAll(principal, head);
  return presentThread(mayAll ? head : await headForAll(core, head));
}

/** The head without what an older version told of confidential answers. */
export async function headForAll(core: Core, head: ThreadRow): Promise<ThreadRow> {
  const preview = (await quotesConfidential(core, head)) ? await readPreview(core, head) : {};
  const title = (await isNamedConfidentially(core, head)) ? await readTitle(core, head) : {};
  return { ...head, ...preview, ...title };
}

/**
 * Whether the preview is of an answer that an older version took for one that everybody may read.
 */
async function quotesConfidential(core: Core, head: ThreadRow): Promise<boolean> {
  const { id, lastRole, previewItemId } = head;
  if (previewItemId === undefined || (lastRole !== 'assistant' && lastRole !== 'tool'))
    return false;
  const name = `${id} ${previewItemId}`;
  const known = verdictsOf(core).get(name);
  if (known !== undefined) return known;
  const verdict = await isOldAndConfidential(core, head, previewItemId);
  verdictsOf(core).set(name, verdict);
  return verdict;
}

/** Lists and live readers ask again and again, and what is asked of an item never changes. */
const verdictsOf = perStore(() => new LruMap<string, boolean>(verdictsMax));
const verdictsMax = 10_000;

async function isOldAndConfidential(core: Core, head: ThreadRow, id: ItemId): Promise<boolean> {
  const found = await findItem(core.records, head, id);
  if (found === undefined || !isUndecided(found.row)) return false;
  return (await decideMark(core, head, found.row)).sawPrivate === true;
}

async function isNamedConfidentially(core: Core, head: ThreadRow): Promise<boolean> {
  const { titleSource, privacyKnown, lastItemId } = head;
  if (titleSource !== 'generated' || privacyKnown || lastItemId === undefined) return false;
  return isAfterPrivate(core, head, lastItemId);
}

/** The preview from a bounded look back, by the rule of `refreshPreview`. */
async function readPreview(core: Core, head: ThreadRow): Promise<ReturnType<typeof previewFrom>> {
  return previewFrom(await readShown(core, head, { reverse: true, limit: rowsPreviewedMax }));
}

async function readTitle(core: Core, head: ThreadRow): Promise<Title> {
  return titleFromRows(await readShown(core, head, { limit: rowsTitledMax }));
}

/** What stands in the places of these items, each decided. */
async function readShown(
  core: Core,
  head: ThreadRow,
  range: Parameters<typeof scanLog>[2],
): Promise<readonly ItemRow[]> {
  const rows = await scanLog(core.records, head, range);
  const originals = rows.filter(({ row }) => row.originalId === undefined);
  return decideMarks(core, head, await shownRevisions(core, head, originals));
}

/** Those of these heads that are there, by id. */
export async function headsById(
  core: Core,
  ids: readonly StoredThreadId[],
): Promise<ReadonlyMap<string, ThreadRow>> {
  const heads = await core.records.getExisting(
    threads,
    ids.map((id) => [id]),
  );
  return new Map(heads.map((head) => [head.id, head]));
}
