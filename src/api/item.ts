import type { Page, PageOptions } from './page.ts';
import type { Outcome, WriteOptions } from './write-options.ts';
import type { ItemId, ThreadId } from '../shared/ids.ts';
import type { JsonObject, TaggedJson } from '../shared/json.ts';

export const roles = ['user', 'assistant', 'system', 'tool'] as const;
export type Role = (typeof roles)[number];

export const itemVisibilities = ['visible', 'hidden', 'archived'] as const;
/** `visible`: people and the model see it; `hidden`: the model only; `archived`: neither. */
export type ItemVisibility = (typeof itemVisibilities)[number];

/**
 * One piece of an item's content, `{type, ...}`. Known kinds are validated (`parts.ts`); unknown
 * kinds and unknown fields are kept as given.
 */
export type Part = TaggedJson;

/** An immutable record of a thread's log. Its id is its place in the order. */
export interface Item {
  readonly id: ItemId;
  /** The thread it was read through: for an inherited item, the fork. */
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
   * For the owner and the author only, whatever the thread's visibility. Set when sent, never
   * changed.
   */
  readonly private: boolean;
  readonly attempt: number;
  readonly requestId: string;
  /** The client's key, unique in the thread. */
  readonly key?: string;
  /** This item is a revision of that one. */
  readonly replacesId?: ItemId;
  /** A newer revision of this item; of the original, the newest. */
  readonly replacedById?: ItemId;
  /** Its parts are gone for good. */
  readonly redactedAt?: string;
  readonly metadata: JsonObject;
  readonly createdAt: string;
}

export interface NewItem {
  readonly role: Role;
  /** At most 1 MiB as JSON. Give either `parts` or `text`. */
  readonly parts?: readonly Part[];
  /** Short for one text part. */
  readonly text?: string;
  /**
   * 1 to 128 characters. The same key with the same content gives the first item; with other
   * content, `key_conflict`.
   */
  readonly key?: string;
  /** Default: the caller, for the role `user`. Only the owner may name somebody else. */
  readonly authorId?: string;
  readonly runId?: string;
  readonly spanId?: string;
  readonly parentId?: string;
  /** Default `visible`. */
  readonly visibility?: ItemVisibility;
  /** Default false. */
  readonly private?: boolean;
  /** Default 1. */
  readonly attempt?: number;
  /** Default: the request's id. */
  readonly requestId?: string;
  /** Makes this item the newest revision of that one. */
  readonly replacesId?: string;
  /** At most 64 KiB as JSON. */
  readonly metadata?: JsonObject;
}

export const changeTypes = ['edit', 'redaction', 'visibility'] as const;
export type ChangeType = (typeof changeTypes)[number];

/** An amendment of something already in the log. */
export interface Change {
  /** The thread's version at which it happened; unique together with `itemId`. */
  readonly version: number;
  readonly type: ChangeType;
  /** The item that people see changed: of an edit, the original. */
  readonly itemId: ItemId;
  /** Of an edit: the revision that now stands in its place. */
  readonly revisionId?: ItemId;
  readonly authorId?: string;
  readonly createdAt: string;
}

export interface ItemListOptions extends PageOptions {
  /** Default `asc`. With neither cursor, `desc` begins with the newest. */
  readonly order?: 'asc' | 'desc';
  /** `current` (default): what people see; `log`: every row; `context`: what the model gets. */
  readonly view?: 'current' | 'log' | 'context';
  readonly runId?: string;
  readonly spanId?: string;
  readonly parentId?: string;
  /** The item with this client key, in the view `log`. */
  readonly key?: string;
}

export interface ItemPage extends Page<Item> {
  /** Where `threads.live` continues without missing anything that this page could not show yet. */
  readonly cursor: string;
}

export interface ItemsApi {
  /** All in one commit. Throws `key_conflict` for a key in use with other content. */
  append(threadId: string, items: readonly NewItem[], options?: WriteOptions): Promise<Item[]>;
  appendWithOutcome(
    threadId: string,
    items: readonly NewItem[],
    options?: WriteOptions,
  ): Promise<Outcome<Item[]>>;
  list(threadId: string, options?: ItemListOptions): Promise<ItemPage>;
  get(threadId: string, itemId: string): Promise<Item>;
  update(
    threadId: string,
    updates: readonly { readonly id: string; readonly visibility: ItemVisibility }[],
  ): Promise<Item[]>;
  /** Removes the parts of the items and of all their revisions, for good. */
  redact(threadId: string, itemIds: readonly string[]): Promise<Item[]>;
}
