import { deletion } from '../../../../src/records/records.ts';
import { invalid } from '../../../../src/shared/error.ts';
import type { ThreadIdText } from '../../../../src/shared/ids.ts';
import { authorize, mustTarget, mustUserId } from '../../../../src/domain/access/authorize.ts';
import type { Reading } from '../../../../src/domain/base/core.ts';
import { bookmarks } from '../../records/tables/bookmark-tables.ts';
import { bookmarksMax } from './put-bookmarks.ts';

/** See `BookmarksApi.remove`. A retry finds nothing left to remove. */
export async function removeBookmarks(
  reading: Reading,
  threadId: ThreadIdText,
  itemIds: readonly string[],
): Promise<void> {
  const { core, principal } = reading;
  const thread = mustTarget(reading, threadId);
  const userId = mustUserId(principal);
  if (!Array.isArray(itemIds) || itemIds.length > bookmarksMax) {
    throw invalid('itemIds', `must be an array of at most ${bookmarksMax} ids`);
  }
  if (itemIds.length === 0) return;
  await core.writer.write(thread, async (draft) => {
    const { id } = draft.head;
    await authorize({ ...reading, draft }, 'read');
    for (const itemId of itemIds) {
      const row = await core.records.get(bookmarks, [id, userId, itemId]);
      if (row !== undefined) draft.delete(deletion(bookmarks, [id, userId, itemId], row));
    }
  });
}
