/**
 * Every table of the store. Engines make their keys, indexes and columns from these declarations; the
 * ids are persisted and never given to another table or index.
 *
 * Recency lists are ordered by `listedAt`, the time of the last commit cut to the second, so that a hot
 * thread moves in its lists at most once a second (DESIGN, section 5); ties are ordered by id.
 */
import type { Column } from '../engine/engine.ts';
import type { ItemId, ThreadId } from '../shared/ids.ts';
import type { JsonObject, JsonValue } from '../shared/json.ts';
import { declareTable, type TypedTable } from './table.ts';

const string: Column = { type: 'string' };
const int: Column = { type: 'int' };
const boolean: Column = { type: 'boolean' };
const json: Column = { type: 'json' };
const timestamp: Column = { type: 'timestamp' };
const optional = (column: Column): Column => ({ ...column, optional: true });

/** One stretch of inherited log: the items of `threadId` up to `itemId`, beyond the stretch before. */
export type Ancestor = {
  readonly threadId: ThreadId;
  readonly itemId: ItemId;
  /** The ancestor had amended items that it had itself inherited: look for its overlays. */
  readonly overlaid?: boolean;
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
  readonly lastItemId?: ItemId | undefined;
  readonly lastPreview: string;
  readonly lastRole?: string | undefined;
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

export const threads: TypedTable<ThreadRow> = declareTable({
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
    lastItemId: optional(string),
    lastPreview: string,
    lastRole: optional(string),
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
    { name: 'byOwner', id: 1, columns: ['projectId', 'ownerId', 'archived', 'listedAt'] },
    {
      name: 'byScope',
      id: 2,
      columns: ['projectId', 'scopeType', 'scopeId', 'archived', 'listedAt'],
    },
    { name: 'byPublic', id: 3, columns: ['projectId', 'listedPublicly', 'archived', 'listedAt'] },
  ],
});

export type ItemRow = {
  readonly threadId: ThreadId;
  readonly id: ItemId;
  readonly authorId?: string | undefined;
  readonly role: string;
  readonly parts: readonly { readonly type: string; readonly [field: string]: JsonValue }[];
  readonly runId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly parentId?: ItemId | undefined;
  readonly visibility: string;
  readonly private: boolean;
  readonly attempt: number;
  readonly requestId: string;
  readonly key?: string | undefined;
  readonly replacesId?: ItemId | undefined;
  /** Of a revision: the item that was there first. */
  readonly originalId?: ItemId | undefined;
  readonly replacedById?: ItemId | undefined;
  readonly redactedAt?: number | undefined;
  readonly metadata: JsonObject;
  readonly createdAt: number;
  /** The place in the log, from 1, inherited items included: what `itemCount` was right after it. */
  readonly position: number;
  /** The thread's version right after it was appended: orders it among the changes. */
  readonly commitVersion: number;
};

export const items: TypedTable<ItemRow> = declareTable({
  name: 'items',
  id: 2,
  columns: {
    threadId: string,
    id: string,
    authorId: optional(string),
    role: string,
    parts: json,
    runId: optional(string),
    spanId: optional(string),
    parentId: optional(string),
    visibility: string,
    private: boolean,
    attempt: int,
    requestId: string,
    key: optional(string),
    replacesId: optional(string),
    originalId: optional(string),
    replacedById: optional(string),
    redactedAt: optional(timestamp),
    metadata: json,
    createdAt: timestamp,
    position: int,
    commitVersion: int,
  },
  key: ['threadId', 'id'],
  partition: 1,
  indexes: [
    { name: 'byRun', id: 1, columns: ['threadId', 'runId'] },
    { name: 'bySpan', id: 2, columns: ['threadId', 'spanId'] },
    { name: 'byParent', id: 3, columns: ['threadId', 'parentId'] },
    { name: 'byKey', id: 4, columns: ['threadId', 'key'] },
    { name: 'byOriginal', id: 5, columns: ['threadId', 'originalId'] },
  ],
});

/** What a fork amended of an item that it inherits; the item itself belongs to another thread. */
export type OverlayRow = {
  readonly threadId: ThreadId;
  readonly itemId: ItemId;
  readonly replacedById?: ItemId | undefined;
  readonly visibility?: string | undefined;
};

export const overlays: TypedTable<OverlayRow> = declareTable({
  name: 'overlays',
  id: 3,
  columns: {
    threadId: string,
    itemId: string,
    replacedById: optional(string),
    visibility: optional(string),
  },
  key: ['threadId', 'itemId'],
  partition: 1,
  indexes: [],
});

export type ChangeRow = {
  readonly threadId: ThreadId;
  readonly version: number;
  readonly type: string;
  readonly itemId: ItemId;
  readonly revisionId?: ItemId | undefined;
  readonly authorId?: string | undefined;
  readonly createdAt: number;
};

export const changes: TypedTable<ChangeRow> = declareTable({
  name: 'changes',
  id: 4,
  columns: {
    threadId: string,
    version: int,
    type: string,
    itemId: string,
    revisionId: optional(string),
    authorId: optional(string),
    createdAt: timestamp,
  },
  key: ['threadId', 'version'],
  partition: 1,
  indexes: [],
});

export type EdgeRow = {
  readonly threadId: ThreadId;
  readonly fromItemId: ItemId;
  readonly toItemId: ItemId;
  readonly type: string;
  readonly requestId: string;
  readonly createdAt: number;
};

export const edges: TypedTable<EdgeRow> = declareTable({
  name: 'edges',
  id: 5,
  columns: {
    threadId: string,
    fromItemId: string,
    toItemId: string,
    type: string,
    requestId: string,
    createdAt: timestamp,
  },
  key: ['threadId', 'fromItemId', 'toItemId', 'type'],
  partition: 1,
  indexes: [{ name: 'byTo', id: 1, columns: ['threadId', 'toItemId'] }],
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

export const tags: TypedTable<TagRow> = declareTable({
  name: 'tags',
  id: 6,
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
    { name: 'byTag', id: 1, columns: ['projectId', 'ownerId', 'tag', 'archived', 'listedAt'] },
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

export const scopes: TypedTable<ScopeRow> = declareTable({
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

export const forks: TypedTable<ForkRow> = declareTable({
  name: 'forks',
  id: 8,
  columns: { threadId: string, itemId: string, forkId: string },
  key: ['threadId', 'itemId', 'forkId'],
  partition: 1,
  indexes: [],
});

/** A request made under an idempotency key. `scope` is a thread's id, or `/` and a project's. */
export type RequestRow = {
  readonly scope: string;
  readonly userId: string;
  readonly key: string;
  readonly hash: string;
  readonly result: JsonValue;
  readonly expiresAt: number;
};

export const requests: TypedTable<RequestRow> = declareTable({
  name: 'requests',
  id: 9,
  columns: {
    scope: string,
    userId: string,
    key: string,
    hash: string,
    result: json,
    expiresAt: timestamp,
  },
  key: ['scope', 'userId', 'key'],
  partition: 1,
  indexes: [{ name: 'byExpiry', id: 1, columns: ['expiresAt'] }],
});

/** Work that a commit has promised and that is not finished: it is taken up again when a store opens. */
export type TaskRow = {
  readonly id: string;
  readonly kind: string;
  readonly threadId: ThreadId;
  readonly itemId?: ItemId | undefined;
};

export const tasks: TypedTable<TaskRow> = declareTable({
  name: 'tasks',
  id: 10,
  columns: { id: string, kind: string, threadId: string, itemId: optional(string) },
  key: ['id'],
  partition: 1,
  indexes: [],
});

/** A server key or a user token, under the hash of its secret. */
export type CredentialRow = {
  readonly hash: string;
  readonly kind: string;
  readonly id: string;
  readonly projectId: string;
  readonly name?: string | undefined;
  readonly userId?: string | undefined;
  readonly createdAt: number;
  readonly expiresAt?: number | undefined;
};

export const credentials: TypedTable<CredentialRow> = declareTable({
  name: 'credentials',
  id: 11,
  columns: {
    hash: string,
    kind: string,
    id: string,
    projectId: string,
    name: optional(string),
    userId: optional(string),
    createdAt: timestamp,
    expiresAt: optional(timestamp),
  },
  key: ['hash'],
  partition: 1,
  indexes: [
    { name: 'byKind', id: 1, columns: ['kind', 'id'] },
    { name: 'byExpiry', id: 2, columns: ['expiresAt'] },
  ],
});

export const allTables: readonly TypedTable<unknown>[] = [
  threads,
  items,
  overlays,
  changes,
  edges,
  tags,
  scopes,
  forks,
  requests,
  tasks,
  credentials,
];

/** The tables whose rows lie under a thread's id and go with it, heads apart. */
export const threadTables: readonly TypedTable<unknown>[] = [
  items,
  overlays,
  changes,
  edges,
  tags,
  forks,
];
