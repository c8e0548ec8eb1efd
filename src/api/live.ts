import type { Change, Item } from './item.ts';
import type { Participant } from './participant.ts';
import type { Thread } from './thread.ts';

/**
 * What a live reader sees. `cursor` is the position right after the event: reading on from there
 * neither skips nor repeats anything. Items and changes come in commit order; a `head` follows the
 * events of the commits that it summarizes.
 */
export type LiveEvent =
  | { readonly type: 'item'; readonly cursor: string; readonly item: Item }
  | {
      readonly type: 'change';
      readonly cursor: string;
      readonly change: Change;
      /** What now stands in the item's place; absent if the reader may no longer see it. */
      readonly item?: Item;
    }
  /** A user takes part, does not any more, or in another way. The state is the present one. */
  | { readonly type: 'participant'; readonly cursor: string; readonly participant: Participant }
  | { readonly type: 'head'; readonly cursor: string; readonly thread: Thread };

export interface LiveOptions {
  /** The cursor of an earlier event or of an item page. Default: now. */
  readonly after?: string;
  /** As for a list of items. Default `current`. */
  readonly view?: 'current' | 'log' | 'context';
  readonly signal?: AbortSignal;
}
