import type { JsonValue } from '../shared/json.ts';
import type { NewItem } from './item.ts';

/**
 * A value as a serializer gave it, in exactly one of three forms: `json` where the serializer's
 * text is what JSON.stringify gives of it, else `text`, else `bytes` as base64url.
 */
export interface Packed {
  /** The serializer's name for the form of the content. Default `json`. */
  readonly type?: string;
  readonly json?: JsonValue;
  readonly text?: string;
  readonly bytes?: string;
}

export type ChannelVersion = number | string;

/**
 * The new value of a channel. The elements of a list are kept one by one, each once in a thread.
 */
export type NewValue =
  | { readonly kind: 'whole'; readonly value: Packed }
  /** A number is the id of an element that the thread has: see `CheckpointPut.epoch`. */
  | { readonly kind: 'list'; readonly elements: readonly (number | Packed)[] };

/** Names a checkpoint of a thread. */
export interface CheckpointKey {
  /** The root's is the empty text. */
  readonly namespace: string;
  readonly id: string;
}

export interface CheckpointPut extends CheckpointKey {
  /** The checkpoint that this one came from. */
  readonly parentId?: string;
  /** What the checkpoint holds besides channels. */
  readonly content: Packed;
  readonly metadata: Packed;
  /** The version of each channel, in order. */
  readonly versions: readonly (readonly [channel: string, version: ChannelVersion])[];
  /**
   * The channels that have a value, in order. Those without an entry in `values` keep the value
   * that the parent has at the same version; one that it lacks is asked for again. Where no parent
   * is named, they keep what the newest checkpoint has so, and what it lacks is left out, as is
   * what has no version.
   */
  readonly channels: readonly string[];
  readonly values: ReadonlyMap<string, NewValue>;
  /** The epoch that element ids among `values` were learned in. */
  readonly epoch?: number;
  /**
   * Shows the elements of one channel's list as items of the thread. Only in the root namespace.
   */
  readonly messages?: MessageChannel;
  /**
   * When the checkpoint was made, in milliseconds since 1970: the time of new items. Default: now.
   */
  readonly madeAtMs?: number;
}

/** How the messages of a channel are shown as items. */
export interface MessageChannel {
  readonly channel: string;
  /** The entry of an item's metadata that marks it as a message of this channel. */
  readonly mark: string;
  /**
   * The item that an element is shown as, or `undefined` for none; its `key` tells edits from new
   * messages.
   */
  readonly toItem: (element: JsonValue) => MessageItem | undefined;
}

export interface MessageItem {
  readonly item: NewItem;
  /** When the message was written, where it says so: milliseconds since 1970. */
  readonly writtenAtMs?: number;
}

export interface CheckpointWrite {
  readonly taskId: string;
  /**
   * Its place among the task's writes: the first one stays. A negative one may be written again.
   */
  readonly index: number;
  readonly channel: string;
  readonly value: Packed;
}

export interface CheckpointWriteOptions {
  /**
   * What the caller knows the thread by, where that is not its id. Kept when the thread is created.
   */
  readonly origin?: string;
  /**
   * The thread was made elsewhere: its times become those of its checkpoints in the root namespace,
   * and not those of the commits that bring it here. Default false.
   */
  readonly isMovedIn?: boolean;
}

/** What became of a put. */
export type PutOutcome =
  | {
      readonly status: 'stored';
      readonly epoch: number;
      /** The ids of the elements of each list among `values`, in order. */
      readonly ids: ReadonlyMap<string, readonly number[]>;
    }
  /**
   * Nothing was stored: put again with the values of all channels, and whole elements instead of
   * ids.
   */
  | { readonly status: 'resend' };

/** A checkpoint without the values of its channels. */
export interface CheckpointEntry extends CheckpointKey {
  readonly parentId?: string;
  readonly content: Packed;
  readonly metadata: Packed;
  readonly versions: readonly (readonly [channel: string, version: ChannelVersion])[];
  /** Opaque: where the values are. */
  readonly values: readonly (readonly [channel: string, pointer: JsonValue])[];
}

/** A value as it was put. */
export type StoredValue =
  | { readonly kind: 'whole'; readonly value: Packed }
  | {
      readonly kind: 'list';
      readonly elements: readonly Packed[];
      readonly ids: readonly number[];
    };

export interface StoredWrite {
  readonly taskId: string;
  readonly channel: string;
  readonly value: Packed;
}

export interface StoredCheckpoint extends CheckpointEntry {
  /** In the order in which they were put. */
  readonly channels: readonly (readonly [channel: string, value: StoredValue])[];
  /** In the order of task and index. */
  readonly writes: readonly StoredWrite[];
  /** Of the ids of elements: see `CheckpointPut.epoch`. */
  readonly epoch: number;
}

export interface CheckpointCopyOptions extends CheckpointWriteOptions {
  /** Shows the messages of the newest state as items of the copy. */
  readonly messages?: MessageChannel;
}

/** What the program that made a checkpoint knows of it. */
export interface CheckpointTraits {
  /** Milliseconds since 1970. */
  readonly madeAtMs?: number;
  /**
   * The checkpoint of the root namespace under whose step it was made, where it is of use only with
   * that.
   */
  readonly rootId?: string;
  /** What was written on top of its parent belongs to its own state. */
  readonly needsParent?: boolean;
  /**
   * The channels whose values are made of what was written on top of its ancestors, back to the
   * nearest value.
   */
  readonly deltaChannels?: readonly string[];
}

/**
 * Which checkpoints are kept, by exactly one of the first two. Besides, the end of every branch is,
 * whatever its age: each checkpoint that no other one came from.
 */
export interface CheckpointPruneOptions {
  /** As many of the newest of each namespace; at least 1. */
  readonly keepLast?: number;
  /** Those made since, in milliseconds since 1970, and the newest of each namespace. */
  readonly madeSinceMs?: number;
  readonly traitsOf?: (entry: CheckpointEntry) => CheckpointTraits | Promise<CheckpointTraits>;
}

/** What a pruning took away. */
export interface CheckpointPruning {
  readonly checkpoints: number;
  readonly writes: number;
  readonly elements: number;
  /**
   * The length of the rows that are gone, as JSON. How soon the disk has the room again is the
   * engine's.
   */
  readonly reclaimedBytes: number;
}

export interface CheckpointListOptions {
  /** Default: all. */
  readonly namespace?: string;
  /** Only the checkpoint of this id in each namespace. */
  readonly id?: string;
  /** Only checkpoints whose id comes before this one. */
  readonly before?: string;
  /** Default 50, 1 to 1,000. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: CheckpointKey;
}

export interface CheckpointPage {
  readonly data: readonly CheckpointEntry[];
  /** Give it as `after` for the page that follows; `null` means the end. */
  readonly next: CheckpointKey | null;
  /** What the thread was created for, where that was not its id. */
  readonly origin?: string;
}

/**
 * The checkpoints of agent programs: states of a thread between the steps of a run. They belong to
 * those who may read the thread's whole history, and every one is a commit of the thread, which its
 * first one creates.
 */
export interface CheckpointsApi {
  put(threadId: string, put: CheckpointPut, options?: CheckpointWriteOptions): Promise<PutOutcome>;
  /** Writes that tasks made on top of a checkpoint; repeating one does nothing. */
  putWrites(
    threadId: string,
    key: CheckpointKey,
    writes: readonly CheckpointWrite[],
    options?: CheckpointWriteOptions,
  ): Promise<void>;
  /**
   * The newest of a namespace where no id is given; `undefined` if there is none, or no such
   * thread.
   */
  get(
    threadId: string,
    key: { readonly namespace: string; readonly id?: string },
  ): Promise<StoredCheckpoint | undefined>;
  /** By id, the greatest first. No such thread is an empty page. */
  list(threadId: string, options?: CheckpointListOptions): Promise<CheckpointPage>;
  /**
   * What the checkpoint came from, nearest first: its parent, the parent of that, and so on. At
   * most `limit`.
   */
  ancestors(
    threadId: string,
    key: CheckpointKey,
    limit: number,
  ): Promise<readonly CheckpointEntry[]>;
  /**
   * The values and writes of entries, at most 100; those that are gone are left out. With
   * `channels`, only the values of these.
   */
  load(
    threadId: string,
    entries: readonly CheckpointEntry[],
    options?: { readonly channels?: readonly string[] },
  ): Promise<StoredCheckpoint[]>;
  /**
   * Makes `targetId` a thread of the caller that shares the checkpoints of another as they are now,
   * whatever their number; what either does later is its own. Throws `not_found` where there are
   * none, `conflict` for an id that is in use or was.
   */
  copy(sourceId: string, targetId: string, options?: CheckpointCopyOptions): Promise<void>;
  /**
   * Deletes checkpoints of the thread with what was written on top of them, and what nothing refers
   * to any more. Stay: what copies of the thread share, what the thread shares with the one it was
   * copied from, the ancestors that kept ones need for `deltaChannels`, and the parents that they
   * need.
   */
  prune(threadId: string, options: CheckpointPruneOptions): Promise<CheckpointPruning>;
}
