import type { Bookmark, NewBookmark } from '../../api/bookmark.ts';
import { put } from '../../../../src/records/records.ts';
import { invalid } from '../../../../src/shared/error.ts';
import { isoTime } from '../../../../src/shared/iso-time.ts';
import { parseItemId, publicThreadId, type ThreadIdText } from '../../../../src/shared/ids.ts';
import { mustKnownKeys } from '../../../../src/shared/validate.ts';
import { authorize, mustTarget, mustUserId } from '../../../../src/domain/access/authorize.ts';
import type { Drafting, Reading } from '../../../../src/domain/base/core.ts';
import { getItem } from '../../../../src/domain/items/list-items.ts';
import { bookmarks, type BookmarkRow } from '../../records/tables/bookmark-tables.ts';

/** See `BookmarksApi.put`. All of them are one commit of the thread. */
export async function putBookmarks(
  reading: Reading,
  threadId: ThreadIdText,
  inputs: readonly NewBookmark[],
): Promise<Bookmark[]> {
  const { core, principal } = reading;
  const thread = mustTarget(reading, threadId);
  const userId = mustUserId(principal);
  if (!Array.isArray(inputs) || inputs.length > bookmarksMax) {
    throw invalid('bookmarks', `must be an array of at most ${bookmarksMax} bookmarks`);
  }
  const prepared = inputs.map(prepareBookmark);
  if (prepared.length === 0) return [];
  // Throws for an item that is not there, or that the caller may not see.
  for (const { itemId } of prepared) await getItem(reading, threadId, itemId);
  const rows = await core.writer.write(thread, async (draft) => {
    await authorize({ ...reading, draft }, 'react');
    return prepared.map((bookmark) => putRow({ core, draft }, { ...bookmark, userId }));
  });
  return rows.map(presentBookmark);
}

/** How many bookmarks one call may write. */
export const bookmarksMax = 100;
const labelLengthMax = 200;
const knownKeys: ReadonlySet<string> = new Set<keyof NewBookmark>(['itemId', 'label']);

function prepareBookmark(input: NewBookmark, i: number): Pick<BookmarkRow, 'itemId' | 'label'> {
  mustKnownKeys(input, knownKeys, `bookmarks.${i}`);
  const itemId = parseItemId(input.itemId);
  if (itemId === undefined) throw invalid(`bookmarks.${i}.itemId`, 'must be the id of an item');
  const { label = '' } = input;
  if (typeof label !== 'string' || label.length > labelLengthMax) {
    throw invalid(`bookmarks.${i}.label`, `must be at most ${labelLengthMax} characters`);
  }
  return { itemId, label };
}

/** Adds a bookmark to the commit in the making. */
export function putRow(
  { draft }: Drafting,
  bookmark: Pick<BookmarkRow, 'userId' | 'itemId' | 'label'>,
): BookmarkRow {
  const { id: threadId, projectId } = draft.head;
  const row = { threadId, projectId, ...bookmark, createdAt: draft.nowMs };
  draft.put(put(bookmarks, row));
  return row;
}

export function presentBookmark({ threadId, itemId, label, createdAt }: BookmarkRow): Bookmark {
  return { threadId: publicThreadId(threadId), itemId, label, createdAt: isoTime(createdAt) };
}
