import type { BookmarksApi } from '../../api/bookmark.ts';
import type { BookmarkNoun } from '../../api/operations/bookmarks.ts';
import type { Actions } from '../../../../src/server/call.ts';
import { json } from '../../../../src/server/plain-response.ts';

export const bookmarkActions: Actions<BookmarkNoun, { readonly bookmarks: BookmarksApi }> = {
  async putBookmarks(call) {
    const { bookmarks } = call.body;
    return json(200, { data: await call.project.bookmarks.put(call.param('threadId'), bookmarks) });
  },

  listBookmarks: async (call) =>
    json(200, await call.project.bookmarks.list(call.param('threadId'), call.query)),
};
