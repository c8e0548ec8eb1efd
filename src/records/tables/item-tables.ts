import type { ItemId, StoredThreadId } from '../../shared/ids.ts';
import type { JsonObject, JsonValue } from '../../shared/json.ts';
import { declareTable, type TypedTable } from '../table.ts';
import { boolean, int, anyJson, optional, string, timestamp } from './columns.ts';

/** What people have attached to an item. It is kept with the original of an edited one. */
export type Annotations = {
  /** The emoji of its reactions, in the order in which they first came. */
  readonly emoji?: readonly string[];
};

export type ItemRow = {
  readonly threadId: StoredThreadId;
  readonly id: ItemId;
  readonly authorId?: string | undefined;
  readonly role: string;
  readonly parts: readonly { readonly type: string; readonly [field: string]: JsonValue }[];
  readonly runId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly parentId?: ItemId | undefined;
  readonly visibility: string;
  readonly private: boolean;
  /**
   * Of what a model or a tool has made: whether it was made with something private in view. Absent
   * in rows of older versions, which did not keep it, and where it was not made by either.
   */
  readonly sawPrivate?: boolean | undefined;
  readonly attempt: number;
  readonly requestId: string;
  readonly key?: string | undefined;
  readonly replacesId?: ItemId | undefined;
  /** On a revision: the first item. */
  readonly originalId?: ItemId | undefined;
  readonly replacedById?: ItemId | undefined;
  readonly redactedAt?: number | undefined;
  readonly metadata: JsonObject;
  readonly createdAt: number;
  /**
   * The position in the log, from 1, counting inherited items: the value of `itemCount` right after
   * the append.
   */
  readonly position: number;
  /**
   * How many messages that people see stand up to here: it never falls, whatever is hidden later.
   * Rows of older versions have none; there every item counts (`position`).
   */
  readonly messagePosition?: number | undefined;
  /** The thread's version right after the append; orders the item among the changes. */
  readonly commitVersion: number;
  /** A fork's reactions to an inherited item are in its overlay. */
  readonly annotations?: Annotations | undefined;
};

export const items: TypedTable<ItemRow, 'items'> = declareTable({
  name: 'items',
  id: 2,
  parent: 'threads',
  columns: {
    threadId: string,
    id: string,
    authorId: optional(string),
    role: string,
    parts: anyJson,
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
    metadata: anyJson,
    createdAt: timestamp,
    position: int,
    commitVersion: int,
    sawPrivate: optional(boolean),
    messagePosition: optional(int),
    annotations: optional(anyJson),
  },
  key: ['threadId', 'id'],
  partition: 1,
  indexes: [
    { name: 'byRun', id: 1, columns: ['threadId', 'runId'], partition: 1 },
    { name: 'bySpan', id: 2, columns: ['threadId', 'spanId'], partition: 1 },
    { name: 'byParent', id: 3, columns: ['threadId', 'parentId'], partition: 1 },
    { name: 'byKey', id: 4, columns: ['threadId', 'key'], partition: 1 },
    { name: 'byOriginal', id: 5, columns: ['threadId', 'originalId'], partition: 1 },
  ],
});

/** A fork's amendment of an inherited item; the item itself belongs to another thread. */
export type OverlayRow = {
  readonly threadId: StoredThreadId;
  readonly itemId: ItemId;
  readonly replacedById?: ItemId | undefined;
  readonly visibility?: string | undefined;
  /**
   * The source's visibility for the item when it was deleted, if the fork inherits only the public
   * view.
   */
  readonly sourceVisibility?: string | undefined;
  /** Those of this fork alone: forks do not inherit any. */
  readonly annotations?: Annotations | undefined;
};

export const overlays: TypedTable<OverlayRow, 'overlays'> = declareTable({
  name: 'overlays',
  id: 3,
  parent: 'threads',
  columns: {
    threadId: string,
    itemId: string,
    replacedById: optional(string),
    visibility: optional(string),
    sourceVisibility: optional(string),
    annotations: optional(anyJson),
  },
  key: ['threadId', 'itemId'],
  partition: 1,
  indexes: [],
});

export type ChangeRow = {
  readonly threadId: StoredThreadId;
  readonly version: number;
  readonly type: string;
  /** Empty where the change is about a user, or a reaction. */
  readonly itemId: ItemId;
  readonly revisionId?: ItemId | undefined;
  readonly authorId?: string | undefined;
  readonly createdAt: number;
  /**
   * By chance, so that a change of the same version in another history of the thread, one that
   * began with the same backup, is not taken for this one. Older versions did not keep it.
   */
  readonly tag?: string | undefined;
  /** The participant that a change of the type `participant` is about. */
  readonly userId?: string | undefined;
  /** The visibility before a change of it. Older versions did not keep it. */
  readonly was?: string | undefined;
  /**
   * The item that a change of the type `reaction` is about, until it is redacted. It is not in
   * `itemId`: reactions are many, and the changes of an item are to be few.
   */
  readonly reactedId?: ItemId | undefined;
  readonly reaction?: ReactionMade | undefined;
};

/** A reaction that was added or taken back, and how many there were after that. */
export type ReactionMade = {
  readonly emoji: string;
  readonly added: boolean;
  readonly count: number;
};

export const changes: TypedTable<ChangeRow, 'changes'> = declareTable({
  name: 'changes',
  id: 4,
  parent: 'threads',
  columns: {
    threadId: string,
    version: int,
    type: string,
    itemId: string,
    revisionId: optional(string),
    authorId: optional(string),
    createdAt: timestamp,
    tag: optional(string),
    userId: optional(string),
    was: optional(string),
    reactedId: optional(string),
    reaction: optional(anyJson),
  },
  key: ['threadId', 'version'],
  partition: 1,
  indexes: [
    { name: 'byItem', id: 1, columns: ['threadId', 'itemId'], partition: 1 },
    { name: 'byReacted', id: 2, columns: ['threadId', 'reactedId'], partition: 1 },
  ],
});

export type EdgeRow = {
  readonly threadId: StoredThreadId;
  readonly fromItemId: ItemId;
  readonly toItemId: ItemId;
  readonly type: string;
  readonly requestId: string;
  readonly createdAt: number;
};

export const edges: TypedTable<EdgeRow, 'edges'> = declareTable({
  name: 'edges',
  id: 5,
  parent: 'threads',
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
  indexes: [{ name: 'byTo', id: 1, columns: ['threadId', 'toItemId'], partition: 1 }],
});
