import type { Page, PageOptions } from '../../../src/api/page.ts';
import type { ThreadId } from '../../../src/shared/ids.ts';

/** An item that a user wants to find again. It is theirs alone. */
export interface Bookmark {
  readonly threadId: ThreadId;
  readonly itemId: string;
  /** At most 200 characters; empty if none was given, or if the item was redacted. */
  readonly label: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

export interface NewBookmark {
  readonly itemId: string;
  readonly label?: string;
}

export interface BookmarksApi {
  /**
   * Sets bookmarks on items of a thread, at most 100. An item that is bookmarked already gets the
   * new label.
   */
  put(threadId: string, bookmarks: readonly NewBookmark[]): Promise<Bookmark[]>;
  /** Takes the caller's bookmarks from items, at most 100. An item without one is left out. */
  remove(threadId: string, itemIds: readonly string[]): Promise<void>;
  /** The caller's bookmarks in a thread, in the order of the items. */
  list(threadId: string, options?: PageOptions): Promise<Page<Bookmark>>;
}
