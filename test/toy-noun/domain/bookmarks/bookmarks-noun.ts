import type { BookmarksApi } from '../../api/bookmark.ts';
import type { Noun } from '../../../../src/domain/base/noun.ts';
import { bookmarks } from '../../records/tables/bookmark-tables.ts';
import { examineBookmarks } from './examine-bookmarks.ts';
import {
  bookmarkAppended,
  copyBookmarks,
  dropBookmarks,
  promiseCopies,
  scrubLabels,
  scrubRest,
} from './follow-thread.ts';
import { listBookmarks } from './list-bookmarks.ts';
import { putBookmarks } from './put-bookmarks.ts';
import { removeBookmarks } from './remove-bookmarks.ts';

/** Items that users want to find again. */
export const bookmarksNoun: Noun<{ bookmarks: BookmarksApi }> = {
  name: 'bookmarks',
  tables: [bookmarks],
  examine: { thread: examineBookmarks },
  api: (reading) => ({
    bookmarks: {
      put: (threadId, inputs) => putBookmarks(reading, threadId, inputs),
      remove: (threadId, itemIds) => removeBookmarks(reading, threadId, itemIds),
      list: (threadId, options) => listBookmarks(reading, threadId, options),
    },
  }),
  tasks: { 'scrub-bookmarks': scrubRest, 'copy-bookmarks': copyBookmarks },
  onAppend: bookmarkAppended,
  onRedact: scrubLabels,
  onDelete: dropBookmarks,
  onFork: promiseCopies,
};
