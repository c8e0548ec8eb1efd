import type { ItemId, ThreadId } from '../shared/ids.ts';
import type { Page, PageOptions } from './page.ts';
import type { OtherUser } from './reading-state.ts';

export const inboxKinds = ['mention', 'reply', 'invite'] as const;
/**
 * `mention`: an item names the user; `reply`: an item answers one of theirs; `invite`: another has
 * added them to a thread.
 */
export type InboxKind = (typeof inboxKinds)[number];

/** The most unseen entries that are counted. */
export const unseenCountMax = 100;
/** The entries that one call marks by their ids. */
export const inboxIdsMax = 100;

/** News for a user, with what the thread shows them of it now. */
export interface InboxEntry {
  readonly id: string;
  readonly kind: InboxKind;
  readonly threadId: ThreadId;
  readonly threadTitle: string;
  /** In a direct thread: the other person. */
  readonly otherUser?: OtherUser;
  /** `null` for an invitation. */
  readonly itemId: ItemId | null;
  /** Who wrote the item, or added the user; `null` if that is not known. */
  readonly authorId: string | null;
  /** The beginning of what the item says, on one line; `null` for an invitation. */
  readonly snippet: string | null;
  /** ISO 8601. `null`: unseen. */
  readonly seenAt: string | null;
  /** ISO 8601: when the item was written, or the user added. */
  readonly createdAt: string;
}

export interface InboxPage extends Page<InboxEntry> {
  /** How many entries are unseen. 100 means: as many or more. */
  readonly unseen: number;
}

export interface InboxListOptions extends PageOptions {
  /** Only entries that were not seen. */
  readonly unseen?: boolean;
}

/** Which entries were seen: give either `ids` or `before`. */
export interface SeenMarks {
  /** At most 100. Those that are not there, or no longer, change nothing. */
  readonly ids?: readonly string[];
  /** ISO 8601: all entries from before this time. */
  readonly before?: string;
}

export interface InboxState {
  /** See `InboxPage.unseen`. */
  readonly unseen: number;
}

export interface InboxApi {
  /**
   * The caller's news, the newest first: mentions, replies and invitations. An entry is shown while
   * the caller may read its thread and its item. About the newest 1,000 are kept.
   *
   * @example
   * const { data, unseen } = await project.inbox.list({ limit: 20 });
   */
  list(options?: InboxListOptions): Promise<InboxPage>;
  /**
   * Marks entries as seen. What was seen stays so.
   *
   * @example
   * await project.inbox.markSeen({ before: new Date().toISOString() });
   */
  markSeen(marks: SeenMarks): Promise<InboxState>;
}
