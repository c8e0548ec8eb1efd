import type { Change, Item } from './item.ts';
import type { Thread } from './thread.ts';

/**
 * What a live reader sees. Each event's `cursor` is the position right after it: reading on from
 * there loses nothing and repeats nothing. Items and changes come in the order of their commits; a
 * `head` follows the events of the commits that it sums up.
 */
export type LiveEvent =
  | { readonly type: 'item'; readonly cursor: string; readonly item: Item }
  | {
      readonly type: 'change';
      readonly cursor: string;
      readonly change: Change;
      /** What now stands in the item's place; absent when the reader may not see it any more. */
      readonly item?: Item;
    }
  | { readonly type: 'head'; readonly cursor: string; readonly thread: Thread };

export interface LiveOptions {
  /** A cursor of an earlier event or of an item page. Default: from now on. */
  readonly after?: string;
  /** As in a list. Default `current`. */
  readonly view?: 'current' | 'log' | 'context';
  readonly signal?: AbortSignal;
}
