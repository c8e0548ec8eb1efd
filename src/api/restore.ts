import type { ThreadId } from '../shared/ids.ts';
import type { NewItem } from './item.ts';
import type { NewThread, TitleSource } from './thread.ts';

/** A thread of another place or time, with its owner and its times. */
export interface RestoredThread extends Omit<NewThread, 'items'> {
  readonly id: string;
  readonly projectId: string;
  readonly ownerId: string;
  /** Default with a title: `user`. With `default` and `derived` the items give the title. */
  readonly titleSource?: TitleSource;
  /** ISO 8601. Default: that of the first item, or now. */
  readonly createdAt?: string;
  /** ISO 8601; it decides the place in lists. Default: that of the last item, or `createdAt`. */
  readonly updatedAt?: string;
  /** ISO 8601. */
  readonly archivedAt?: string;
  /** In the order of the log. At most 1,000: call again with the same thread for more. */
  readonly items?: readonly RestoredItem[];
}

export interface RestoredItem extends NewItem {
  /**
   * Kept if it is a UUID of version 7 that is greater than the id of the item before it. Any other
   * becomes the item's `key`, unless it has one, and the item gets an id of its time. `parentId`
   * and `replacesId` may name items by the ids that are given here.
   */
  readonly id?: string;
  /** ISO 8601. Default: now. */
  readonly createdAt?: string;
  /** ISO 8601. Its content is gone: parts and metadata are not taken, and may be left out. */
  readonly redactedAt?: string;
}

export interface RestoreOutcome {
  readonly threadId: ThreadId;
  /** `deleted`: the thread was deleted in this store, and stays so. */
  readonly status: 'created' | 'found' | 'deleted';
  /** Items that are new in the store. */
  readonly itemsAdded: number;
  /** The ids of the given items in this store, in their order. */
  readonly itemIds: readonly string[];
}

export interface OperatorRestoreApi {
  /**
   * Brings threads in with their owners, times and ids, each in one commit with its items; heads
   * and lists follow from the items. What was written is read back. A thread that exists gets what
   * it does not have yet, after its last item, so that a second call changes nothing.
   *
   * Throws `conflict` if the id belongs to a thread of another project or owner, `key_conflict` if
   * an item exists with other content.
   */
  restore(threads: readonly RestoredThread[]): Promise<RestoreOutcome[]>;
}
