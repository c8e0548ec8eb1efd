import type { Bookmark } from '../../api/bookmark.ts';
import type { Page, PageOptions } from '../../../../src/api/page.ts';
import type { ThreadIdText } from '../../../../src/shared/ids.ts';
import { mustVisit, mustUserId } from '../../../../src/domain/access/authorize.ts';
import type { Reading } from '../../../../src/domain/base/core.ts';
import { paginate } from '../../../../src/domain/base/paginate.ts';
import { bookmarks } from '../../records/tables/bookmark-tables.ts';
import { presentBookmark } from './put-bookmarks.ts';

/** See `BookmarksApi.list`. One scan of one partition, however many bookmarks others have. */
export async function listBookmarks(
  reading: Reading,
  threadId: ThreadIdText,
  options: PageOptions = {},
): Promise<Page<Bookmark>> {
  const { core, principal } = reading;
  const userId = mustUserId(principal);
  const { head } = await mustVisit(reading, 'read', threadId);
  const { id } = head;
  return paginate(
    {
      list: `bookmarks ${id} ${userId}`,
      shape: ['string'],
      isDescending: false,
      scan: (range) => core.records.scan(bookmarks, { prefix: [id, userId], ...range }),
      positionOf: ({ itemId }) => [itemId],
      present: (rows) => Promise.resolve(rows.map(presentBookmark)),
    },
    options,
  );
}
