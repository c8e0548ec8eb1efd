import type { MessagePart } from './message-part.ts';
import type { Page, PageOptions } from './page.ts';
import type { Reaction } from './reaction.ts';
import type { Outcome, ThreadWriteOptions, VersionOptions } from './write-options.ts';
import type { ItemId, ThreadId } from '../shared/ids.ts';
import type { JsonObject, TaggedJson } from '../shared/json.ts';

export const roles = ['user', 'assistant', 'system', 'tool'] as const;
export type Role = (typeof roles)[number];

export const itemVisibilities = ['visible', 'hidden', 'archived'] as const;
/**
 * `visible`: shown to people and the model; `hidden`: to the model only; `archived`: to neither.
 */
export type ItemVisibility = (typeof itemVisibilities)[number];

/**
 * One piece of an item's content, `{type, ...}`. Known kinds are validated (`parts.ts`); unknown
 * kinds and fields are kept as given.
 */
export type Part = TaggedJson;

/** An immutable entry of a thread's log. Ids sort in log order. */
export interface Item {
  readonly id: ItemId;
  /** The thread through which it was read: the fork, for an inherited item. */
  readonly threadId: ThreadId;
  readonly authorId?: string;
  readonly role: Role;
  readonly parts: readonly Part[];
  readonly runId?: string;
  readonly spanId?: string;
  /** The item that this one replies to. */
  readonly parentId?: ItemId;
  readonly visibility: ItemVisibility;
  /**
   * Read only by its author, by the user whose question it answers, and by the owner of a thread of
   * the mode `assistant` or in which no other user has taken part, whatever the thread's
   * visibility. Set when sent, never changed.
   */
  readonly private: boolean;
  /** An answer that saw something private: it is for those who may read that, whatever it says. */
  readonly sawPrivate?: true;
  readonly attempt: number;
  readonly requestId: string;
  /** The client's own key, unique in the thread. */
  readonly key?: string;
  /** The item that this one revises. */
  readonly replacesId?: ItemId;
  /** The newer revision of this item; on the original item, the newest one. */
  readonly replacedById?: ItemId;
  /** When its parts were removed for good. */
  readonly redactedAt?: string;
  readonly metadata: JsonObject;
  readonly createdAt: string;
  /** In the order in which the emoji first came. Absent if there are none. */
  readonly reactions?: readonly Reaction[];
  /** It is pinned in the thread. */
  readonly pinned?: true;
}

export interface NewItem {
  readonly role: Role;
  /** At most 1 MiB as JSON. Give either `parts` or `text`. */
  readonly parts?: readonly (Part | MessagePart)[];
  /** Shorthand for one text part. */
  readonly text?: string;
  /**
   * 1 to 128 characters. Sending the same key with the same content again returns the first item;
   * with other content, `key_conflict`.
   */
  readonly key?: string;
  /** Default: the caller, for the role `user`. Only the owner may name another user. */
  readonly authorId?: string;
  readonly runId?: string;
  readonly spanId?: string;
  readonly parentId?: string;
  /** Default `visible`. */
  readonly visibility?: ItemVisibility;
  /** Default false. See `Item.private`. */
  readonly private?: boolean;
  /**
   * Whether a model or a tool has made it with something private in view. It is then for the owner
   * and the user that it answers. Always true if what it answers (`parentId`, or the input of
   * `runId`) is private or saw something private itself. Default false.
   */
  readonly sawPrivate?: boolean;
  /** Default 1. */
  readonly attempt?: number;
  /** Default: the request's id. */
  readonly requestId?: string;
  /** Makes this item the newest revision of the given one. */
  readonly replacesId?: string;
  /** At most 64 KiB as JSON. */
  readonly metadata?: JsonObject;
}

/** The fields that a new item may have: one that is missing here does not compile. */
export const newItemFields: Readonly<Record<keyof NewItem, true>> = {
  role: true,
  parts: true,
  text: true,
  key: true,
  authorId: true,
  runId: true,
  spanId: true,
  parentId: true,
  visibility: true,
  private: true,
  sawPrivate: true,
  attempt: true,
  requestId: true,
  replacesId: true,
  metadata: true,
};

export const changeTypes = ['edit', 'redaction', 'visibility', 'pin', 'unpin'] as const;
export type ChangeType = (typeof changeTypes)[number];

/** A change to something already in the log. */
export interface Change {
  /** The thread's version at the change; unique together with `itemId`. */
  readonly version: number;
  readonly type: ChangeType;
  /** The changed item as readers know it: the original, for an edit. */
  readonly itemId: ItemId;
  /** For an edit: the revision that is now shown in its place. */
  readonly revisionId?: ItemId;
  readonly authorId?: string;
  readonly createdAt: string;
}

export interface ItemListOptions extends PageOptions {
  /** Default `asc`. Without a cursor, `desc` begins with the newest. */
  readonly order?: 'asc' | 'desc';
  /** `current` (default): what people see; `log`: every row; `context`: what the model gets. */
  readonly view?: 'current' | 'log' | 'context';
  /** The page with this item in its middle. Goes with no cursor. */
  readonly around?: string;
  /** The page around this time: ISO 8601, with its offset. Goes with no cursor. */
  readonly at?: string;
  readonly runId?: string;
  readonly spanId?: string;
  readonly parentId?: string;
  /** Only the item with this client key. Needs the view `log`. */
  readonly key?: string;
  /**
   * `false` leaves out what is private and answers that saw something private; `true` gives only
   * these. Nothing is shown that would not be without it.
   */
  readonly private?: boolean;
}

export interface ReplyListOptions extends PageOptions {
  /** Default `asc`. Without a cursor, `desc` begins with the newest. */
  readonly order?: 'asc' | 'desc';
}

export interface ItemPage extends Page<Item> {
  /** Give it to `threads.live` to continue from this page without missing anything. */
  readonly cursor: string;
}

export interface ItemsApi {
  /**
   * Appends items in one commit and returns them in the same order. Repeating the call is safe if
   * every item has a `key`. Throws `key_conflict` if a key is in use with other content, and
   * `precondition_failed` if `ifVersion` is stale.
   *
   * @example
   * const [question] = await project.items.append(thread.id, [
   *   { role: 'user', text: 'What is a thread?', key: 'message-1' },
   * ]);
   */
  append(
    threadId: string,
    items: readonly NewItem[],
    options?: ThreadWriteOptions,
  ): Promise<Item[]>;
  /** Like `append`; the outcome tells a retry from a new write. */
  appendWithOutcome(
    threadId: string,
    items: readonly NewItem[],
    options?: ThreadWriteOptions,
  ): Promise<Outcome<Item[]>>;
  /**
   * One page in log order.
   *
   * @example
   * const page = await project.items.list(thread.id, { limit: 50, order: 'desc' });
   */
  list(threadId: string, options?: ItemListOptions): Promise<ItemPage>;
  get(threadId: string, itemId: string): Promise<Item>;
  /**
   * The replies to an item (`parentId`) and to its revisions, in log order, as far as the caller
   * sees them. Of an item with more than 1,000 revisions, to the newest ones and the original.
   *
   * @example
   * const { data } = await project.items.replies(thread.id, item.id, { limit: 20 });
   */
  replies(threadId: string, itemId: string, options?: ReplyListOptions): Promise<Page<Item>>;
  /**
   * An item as it was and as it is: the original and its revisions, oldest first. For its author,
   * and for those who lead the thread; `forbidden` for others. A redaction takes the texts of all.
   */
  revisions(threadId: string, itemId: string, options?: PageOptions): Promise<Page<Item>>;
  /**
   * Shows, hides or archives items and all their revisions, in one commit. Over HTTP each item is a
   * request, so `ifVersion` goes with one item.
   */
  update(
    threadId: string,
    updates: readonly { readonly id: string; readonly visibility: ItemVisibility }[],
    options?: VersionOptions,
  ): Promise<Item[]>;
  /**
   * Permanently removes the parts of the items and of all their revisions, including in forks that
   * inherit them. The items themselves stay, with `redactedAt`. Each is a commit of its own, so
   * `ifVersion` goes with one item. For an inherited one it is compared before the commit, which is
   * in another thread.
   */
  redact(threadId: string, itemIds: readonly string[], options?: VersionOptions): Promise<Item[]>;
}
