import type { ItemId, ThreadId } from '../shared/ids.ts';
import type { Page, PageOptions } from './page.ts';
import type { Thread } from './thread.ts';

/** A thread in a list of the caller's, with what they have read of it. */
export interface ThreadEntry extends Thread {
  /**
   * How many messages follow the item that the caller read last. One's own count as read; what is
   * private, system items, tools and revisions do not count.
   */
  readonly unread: number;
  readonly lastReadItemId: ItemId | null;
  /** See `participants.update`. */
  readonly pinned: boolean;
  /** The id of a run that is going on, if the caller may know of it. */
  readonly activeRun: string | null;
  /** In a direct thread: the other person. */
  readonly otherUser?: OtherUser;
}

export interface OtherUser {
  readonly id: string;
  readonly displayName: string | null;
}

/** How far the caller has read in a thread. */
export interface ReadState {
  readonly threadId: ThreadId;
  readonly readItemId: ItemId | null;
  readonly deliveredItemId: ItemId | null;
  readonly unread: number;
}

/** How far a participant has read. */
export interface Receipt {
  readonly userId: string;
  readonly readItemId: ItemId | null;
  /** The last item that has reached one of the participant's devices. */
  readonly deliveredItemId: ItemId | null;
}

/** Names an item of the thread. */
export interface ReadMark {
  readonly itemId: string;
}

export interface ReadsApi {
  /**
   * The caller has read a thread up to this item. It never goes back.
   *
   * @example
   * await project.reads.mark(thread.id, { itemId: thread.lastItemId });
   */
  mark(threadId: string, mark: ReadMark): Promise<ReadState>;
  /** This item, and what follows it, is unread again, one's own messages among it. */
  markUnread(threadId: string, mark: ReadMark): Promise<ReadState>;
  /** The items up to this one have reached the caller. It never goes back. */
  markDelivered(threadId: string, mark: ReadMark): Promise<ReadState>;
  /**
   * How far each participant has read, by user id. For those who take part; in channels and public
   * threads `forbidden`.
   */
  receipts(threadId: string, options?: PageOptions): Promise<Page<Receipt>>;
}
