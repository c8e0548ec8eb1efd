import type { ItemId, StoredThreadId } from '../../shared/ids.ts';
import type { JsonObject } from '../../shared/json.ts';
import { declareTable, type TypedTable } from '../table.ts';
import { boolean, int, anyJson, optional, string, timestamp } from './columns.ts';

/** A range of inherited log: the items of `threadId` up to `itemId`, after the previous range. */
export type Ancestor = {
  readonly threadId: StoredThreadId;
  readonly itemId: ItemId;
  /** The user who forked could read only the public view; nothing else is inherited. */
  readonly limited?: boolean;
};

/** The newest item of a user's own. */
export type OwnItem = {
  readonly userId: string;
  readonly itemId: ItemId;
  readonly position: number;
};

/**
 * The head of a thread. After a deletion it stays as a tombstone, so that the id is never reused.
 */
export type ThreadRow = {
  readonly id: StoredThreadId;
  readonly projectId: string;
  readonly ownerId: string;
  readonly mode: string;
  readonly scopeType?: string | undefined;
  readonly scopeId?: string | undefined;
  readonly title: string;
  readonly titleSource: string;
  readonly visibility: string;
  readonly metadata: JsonObject;
  readonly tags: readonly string[];
  readonly archived: boolean;
  readonly archivedAt?: number | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Absent when deleted: the thread is in no list. */
  readonly listedAt?: number | undefined;
  /** `true` if it is in the public list. */
  readonly listedPublicly?: boolean | undefined;
  readonly version: number;
  readonly itemCount: number;
  /**
   * The number of visible messages of users and assistants. Absent if they were not counted: then
   * every item counts.
   */
  readonly messageCount?: number | undefined;
  /** That of the newest item. Absent while only older versions have written: see `ItemRow`. */
  readonly messagePosition?: number | undefined;
  /** What older versions have written ends at this position, and counts as read. */
  readonly countedFrom?: number | undefined;
  /** The newest item of the owner's own: up to there the owner has read. */
  readonly ownerItemId?: ItemId | undefined;
  readonly ownerPosition?: number | undefined;
  /** The newest items of the other people who wrote last, the latest at the end. */
  readonly wrote?: readonly OwnItem[] | undefined;
  /** When participants' entries moved last, and whose was the last of them. */
  readonly movedAt?: number | undefined;
  readonly movedTo?: string | undefined;
  /** The first 50 characters, on one line, of the text that the title was derived from. */
  readonly opening?: string | undefined;
  readonly lastItemId?: ItemId | undefined;
  readonly lastPreview: string;
  readonly lastRole?: string | undefined;
  /** The text of the last message of a user or an assistant, if the preview does not show it. */
  readonly lastMessage?: string | undefined;
  /** The role of that message; absent if the preview shows it or there is no message. */
  readonly lastMessageRole?: string | undefined;
  /** The item that the preview shows; for a revision, the original. */
  readonly previewItemId?: ItemId | undefined;
  readonly forkedThreadId?: StoredThreadId | undefined;
  readonly forkedItemId?: ItemId | undefined;
  /** The inherited ranges of the log, oldest first. */
  readonly lineage?: readonly Ancestor[] | undefined;
  readonly overlaid?: boolean | undefined;
  /** People other than its owner take part, or have: each writes only for themselves. */
  readonly hasOthers?: boolean | undefined;
  /** Agents take part, or have: who is asked is looked up with each append of a person. */
  readonly hasAgents?: boolean | undefined;
  /** The other person of a direct thread. */
  readonly otherId?: string | undefined;
  /** The participant that its owner has offered it to. */
  readonly offeredTo?: string | undefined;
  /**
   * 128 random bits that the address of an unlisted thread names (`?k=`). Older unlisted threads
   * have none, and are read by their id alone.
   */
  readonly linkKey?: string | undefined;
  /** How many take part in a thread with a bound, its owner among them; absent: the owner alone. */
  readonly joinedCount?: number | undefined;
  /** Its titles were always generated from what everybody may read; older versions did not look. */
  readonly privacyKnown?: boolean | undefined;
  /** The last change of the thread: see `changeMark`. Older versions did not keep it. */
  readonly lastChange?: string | undefined;
  /** The items that are pinned in it, at most 50. A fork begins with none. */
  readonly pins?: readonly ItemId[] | undefined;
  /**
   * If the client chose the id: the hash of what it was created with, to tell a retry from a clash.
   */
  readonly createdHash?: string | undefined;
  readonly deletedAt?: number | undefined;
};

export const threads: TypedTable<ThreadRow, 'threads'> = declareTable({
  name: 'threads',
  id: 1,
  columns: {
    id: string,
    projectId: string,
    ownerId: string,
    mode: string,
    scopeType: optional(string),
    scopeId: optional(string),
    title: string,
    titleSource: string,
    visibility: string,
    metadata: anyJson,
    tags: anyJson,
    archived: boolean,
    archivedAt: optional(timestamp),
    createdAt: timestamp,
    updatedAt: timestamp,
    listedAt: optional(timestamp),
    listedPublicly: optional(boolean),
    version: int,
    itemCount: int,
    messageCount: optional(int),
    opening: optional(string),
    lastItemId: optional(string),
    lastPreview: string,
    lastRole: optional(string),
    lastMessage: optional(string),
    lastMessageRole: optional(string),
    previewItemId: optional(string),
    forkedThreadId: optional(string),
    forkedItemId: optional(string),
    lineage: optional(anyJson),
    overlaid: optional(boolean),
    hasOthers: optional(boolean),
    joinedCount: optional(int),
    linkKey: optional(string),
    otherId: optional(string),
    offeredTo: optional(string),
    createdHash: optional(string),
    deletedAt: optional(timestamp),
    privacyKnown: optional(boolean),
    lastChange: optional(string),
    messagePosition: optional(int),
    countedFrom: optional(int),
    ownerItemId: optional(string),
    ownerPosition: optional(int),
    wrote: optional(anyJson),
    movedAt: optional(timestamp),
    movedTo: optional(string),
    hasAgents: optional(boolean),
    pins: optional(anyJson),
  },
  key: ['id'],
  partition: 1,
  indexes: [
    {
      name: 'byOwner',
      id: 1,
      columns: ['projectId', 'ownerId', 'archived', 'listedAt'],
      partition: 2,
    },
    {
      name: 'byScope',
      id: 2,
      columns: ['projectId', 'scopeType', 'scopeId', 'archived', 'listedAt'],
      partition: 3,
    },
    {
      name: 'byPublic',
      id: 3,
      columns: ['projectId', 'listedPublicly', 'archived', 'listedAt'],
      partition: 2,
    },
    // The same lists by creation. Deleted threads keep their creation, and leave the lists with
    // `listedAt`.
    {
      name: 'byOwnerCreated',
      id: 4,
      columns: ['projectId', 'ownerId', 'archived', 'createdAt'],
      requires: ['listedAt'],
      partition: 2,
    },
    {
      name: 'byScopeCreated',
      id: 5,
      columns: ['projectId', 'scopeType', 'scopeId', 'archived', 'createdAt'],
      requires: ['listedAt'],
      partition: 3,
    },
    {
      name: 'byPublicCreated',
      id: 6,
      columns: ['projectId', 'listedPublicly', 'archived', 'createdAt'],
      requires: ['listedAt'],
      partition: 2,
    },
  ],
});

/** A thread's entry in the list of one of its tags. */
export type TagRow = {
  readonly threadId: StoredThreadId;
  readonly tag: string;
  readonly projectId: string;
  readonly ownerId: string;
  readonly archived: boolean;
  readonly listedAt: number;
};

export const tags: TypedTable<TagRow, 'tags'> = declareTable({
  name: 'tags',
  id: 6,
  parent: 'threads',
  columns: {
    threadId: string,
    tag: string,
    projectId: string,
    ownerId: string,
    archived: boolean,
    listedAt: timestamp,
  },
  key: ['threadId', 'tag'],
  partition: 1,
  indexes: [
    {
      name: 'byTag',
      id: 1,
      columns: ['projectId', 'ownerId', 'tag', 'archived', 'listedAt'],
      partition: 3,
    },
  ],
});

/** The primary thread of a scope. */
export type ScopeRow = {
  readonly projectId: string;
  readonly scopeType: string;
  readonly scopeId: string;
  readonly threadId: StoredThreadId;
  readonly version: number;
};

export const scopes: TypedTable<ScopeRow, 'scopes'> = declareTable({
  name: 'scopes',
  id: 7,
  columns: {
    projectId: string,
    scopeType: string,
    scopeId: string,
    threadId: string,
    version: int,
  },
  key: ['projectId', 'scopeType', 'scopeId'],
  partition: 3,
  indexes: [],
});

/** A fork, stored with the thread whose own item it branches off at. */
export type ForkRow = {
  readonly threadId: StoredThreadId;
  readonly itemId: ItemId;
  readonly forkId: StoredThreadId;
};

export const forks: TypedTable<ForkRow, 'forks'> = declareTable({
  name: 'forks',
  id: 8,
  parent: 'threads',
  columns: { threadId: string, itemId: string, forkId: string },
  key: ['threadId', 'itemId', 'forkId'],
  partition: 1,
  indexes: [],
});
