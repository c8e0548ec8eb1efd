import { z } from 'zod';
import type { Bookmark, NewBookmark } from '../../api/bookmark.ts';
import { itemIdField, threadIdField, timeField } from '../../../../src/protocol/schemas/fields.ts';
import type { NounSchemas } from '../../../../src/protocol/schemas/noun-schemas.ts';
import { pageOf, pageParameters } from '../../../../src/protocol/schemas/pages.ts';
import type { BookmarkNoun } from '../../api/operations/bookmarks.ts';

const newBookmark: z.ZodType<NewBookmark> = z.strictObject({
  itemId: z.string(),
  label: z.string().max(200).exactOptional(),
});

const bookmark: z.ZodType<Bookmark> = z.looseObject({
  threadId: threadIdField,
  itemId: itemIdField,
  label: z.string(),
  createdAt: timeField,
});

export const bookmarkSchemas: NounSchemas<BookmarkNoun> = {
  schemas: {
    PutBookmarks: z.strictObject({ bookmarks: z.array(newBookmark).max(100) }),
    Bookmark: bookmark,
    BookmarkList: z.looseObject({ data: z.array(bookmark) }),
    BookmarkPage: pageOf(bookmark),
  },
  queries: { BookmarkListQuery: z.strictObject({ ...pageParameters }) },
};
