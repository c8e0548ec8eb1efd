import type { ItemId, ThreadId } from '../../shared/ids.ts';
import type { JsonObject } from '../../shared/json.ts';
import { declareTable, type TypedTable } from '../table.ts';
import { boolean, int, json, optional, string, timestamp } from './columns.ts';

/**
 * One stretch of inherited log: the items of `threadId` up to `itemId`, beyond the stretch before.
 */
export type Ancestor = {
  readonly threadId: ThreadId;
  readonly itemId: ItemId;
  /** Whoever forked could read only what the public sees: nothing else shines through. */
  readonly limited?: boolean;
};

/** The head of a thread. Once deleted it stays as a tombstone, so that nothing revives the id. */
export type ThreadRow = {
  readonly id: ThreadId;
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
  /** `true` when it stands in the public list. */
  readonly listedPublicly?: boolean | undefined;
  readonly version: number;
  readonly itemCount: number;
  /**
   * Messages of users and assistants that people see; absent where nobody has counted: all items
   * count.
   */
  readonly messageCount?: number | undefined;
  /** The first 50 characters, on one line, of the text that the title was derived from. */
  readonly opening?: string | undefined;
  readonly lastItemId?: ItemId | undefined;
  readonly lastPreview: string;
  readonly lastRole?: string | undefined;
  /**
   * The words of what the user or the assistant said last, where the preview does not show them.
   */
  readonly lastMessage?: string | undefined;
  /** Who said it; absent where the preview shows it, or nobody has said anything. */
  readonly lastMessageRole?: string | undefined;
  /** The item, of revisions the original, that the preview shows. */
  readonly previewItemId?: ItemId | undefined;
  readonly forkedThreadId?: ThreadId | undefined;
  readonly forkedItemId?: ItemId | undefined;
  /** The inherited stretches of the log, oldest first. */
  readonly lineage?: readonly Ancestor[] | undefined;
  readonly overlaid?: boolean | undefined;
  /** Of a client's id: the hash of what it was created with, to tell a retry from a clash. */
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
    metadata: json,
    tags: json,
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
    lineage: optional(json),
    overlaid: optional(boolean),
    createdHash: optional(string),
    deletedAt: optional(timestamp),
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
  ],
});

/** A thread's place in the list of one of its tags. */
export type TagRow = {
  readonly threadId: ThreadId;
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
  readonly threadId: ThreadId;
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

/** A fork, kept with the thread whose own item it branches off at. */
export type ForkRow = {
  readonly threadId: ThreadId;
  readonly itemId: ItemId;
  readonly forkId: ThreadId;
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
