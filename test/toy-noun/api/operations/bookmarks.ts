import type { Bookmark, BookmarksApi, NewBookmark } from '../bookmark.ts';
import type { Page, PageOptions } from '../../../../src/api/page.ts';
import type { NounOf } from '../../../../src/api/operation.ts';
import type { WithVerbs } from '../../../../src/api/verb.ts';

export const bookmarkEndpoints = {
  putBookmarks: 'PUT /v1/threads/{threadId}/bookmarks',
  removeBookmark: 'DELETE /v1/threads/{threadId}/bookmarks/{itemId}',
  listBookmarks: 'GET /v1/threads/{threadId}/bookmarks',
} as const;

/** Each operation is a verb, and these are the slots of its arguments. */
export const bookmarkVerbs = {
  putBookmarks: ['bookmarks.put', 'threadId', 'body.bookmarks'],
  removeBookmark: ['bookmarks.remove', 'threadId', ['itemId']],
  listBookmarks: ['bookmarks.list', 'threadId', 'query'],
} as const;

export const bookmarkTable = {
  group: 'Bookmarks',
  parameters: { itemId: { description: "An item's id." } },
  operations: {
    putBookmarks: {
      summary: 'Set bookmarks',
      description: ['Only you see your bookmarks.'],
      body: {
        schema: 'PutBookmarks',
        example: { bookmarks: [{ itemId: '0192f0c1-7e1b-7000-8000-0123456789ab', label: 'Why' }] },
      },
      responses: { 200: { description: 'The bookmarks.', schema: 'BookmarkList' } },
    },
    removeBookmark: {
      summary: 'Take a bookmark from an item',
      responses: { 204: { description: 'The item has no bookmark of yours.' } },
    },
    listBookmarks: {
      summary: 'List your bookmarks',
      query: 'BookmarkListQuery',
      responses: { 200: { description: 'A page of your bookmarks.', schema: 'BookmarkPage' } },
    },
  },
} as const;

interface BookmarksBody {
  readonly bookmarks: readonly NewBookmark[];
}

interface BookmarkList {
  readonly data: readonly Bookmark[];
}

interface BookmarkTypes {
  readonly schemas: {
    readonly PutBookmarks: BookmarksBody;
    readonly Bookmark: Bookmark;
    readonly BookmarkList: BookmarkList;
    readonly BookmarkPage: Page<Bookmark>;
  };
  readonly queries: { readonly BookmarkListQuery: PageOptions };
}

export type BookmarkNoun = WithVerbs<
  NounOf<typeof bookmarkEndpoints, typeof bookmarkTable, BookmarkTypes>,
  typeof bookmarkVerbs,
  { readonly bookmarks: BookmarksApi }
>;
