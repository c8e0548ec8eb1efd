import type { Bookmark, BookmarksApi, NewBookmark } from '../api/bookmark.ts';
import type { Page, PageOptions } from '../../../src/api/page.ts';
import type { Http } from '../../../src/client/http.ts';
import { bodyOf, nounCalls, type NounCalls } from '../../../src/client/noun-calls.ts';
import { bookmarkEndpoints, type BookmarkNoun } from '../api/operations/bookmarks.ts';

/** `BookmarksApi` over HTTP. */
export class BookmarksClient implements BookmarksApi {
  readonly #call: NounCalls<BookmarkNoun>;

  constructor(http: Http) {
    this.#call = nounCalls<BookmarkNoun>(http, bookmarkEndpoints);
  }

  async put(threadId: string, bookmarks: readonly NewBookmark[]): Promise<Bookmark[]> {
    if (bookmarks.length === 0) return [];
    const body = { bookmarks };
    const { data } = await bodyOf(this.#call('putBookmarks', { parameters: { threadId }, body }));
    return [...data];
  }

  list(threadId: string, options: PageOptions = {}): Promise<Page<Bookmark>> {
    return bodyOf(this.#call('listBookmarks', { parameters: { threadId }, query: options }));
  }
}
