import type { JsonValue } from '../shared/json.ts';
import type { NewItem } from './item.ts';

/**
 * A value as a serializer produced it, in exactly one of three forms: `json` if `JSON.stringify`
 * gives back the serializer's text, else `text`, else `bytes` as base64url.
 */
export interface Packed {
  /** The serializer's name for the format of the content. Default `json`. */
  readonly type?: string;
  readonly json?: JsonValue;
  readonly text?: string;
  readonly bytes?: string;
}

export type ChannelVersion = number | string;

/**
 * The new value of a channel. The elements of a list are stored one by one, each once per thread.
 */
export type NewValue =
  | { readonly kind: 'whole'; readonly value: Packed }
  /** A number is the id of an element that the thread already has: see `CheckpointPut.epoch`. */
  | { readonly kind: 'list'; readonly elements: readonly (number | Packed)[] };

/** Names a checkpoint of a thread. */
export interface CheckpointKey {
  /** The empty string for the root namespace. */
  readonly namespace: string;
  readonly id: string;
}

export interface CheckpointPut extends CheckpointKey {
  /** The checkpoint that this one follows. */
  readonly parentId?: string;
  /** The checkpoint without its channels. */
  readonly content: Packed;
  readonly metadata: Packed;
  /** The version of each channel, in order. */
  readonly versions: readonly (readonly [channel: string, version: ChannelVersion])[];
  /**
   * The channels that have a value, in order. A channel without an entry in `values` keeps the
   * parent's value, which must have the same version; if the parent lacks it, `put` answers
   * `resend`. Without `parentId`, the newest checkpoint takes the parent's place, and channels that
   * it lacks, or that have no version, are left out.
   */
  readonly channels: readonly string[];
  readonly values: ReadonlyMap<string, NewValue>;
  /** The epoch in which the caller learned the element ids in `values`. */
  readonly epoch?: number;
  /** Shows the elements of one list channel as items of the thread. Only in the root namespace. */
  readonly messages?: MessageChannel;
  /**
   * When the checkpoint was made, in milliseconds since 1970; new items get this time. Default:
   * now.
   */
  readonly madeAtMs?: number;
}

/** How the messages in a channel are shown as items. */
export interface MessageChannel {
  readonly channel: string;
  /** The key in an item's metadata that marks it as a message of this channel. */
  readonly mark: string;
  /**
   * The item that shows an element, or `undefined` for none. Its `key` tells edits from new
   * messages.
   */
  readonly toItem: (element: JsonValue) => MessageItem | undefined;
  /**
   * Whether the item of a message that the graph itself removes stays visible, for instance after
   * it has put a summary in place of old messages. Default false: it is archived.
   */
  readonly keepsRemoved?: boolean;
}

export interface MessageItem {
  readonly item: NewItem;
  /** When the message was written, in milliseconds since 1970, if it says so. */
  readonly writtenAtMs?: number;
}

export interface CheckpointWrite {
  readonly taskId: string;
  /**
   * The position among the task's writes. The first write at an index stays; a negative index may
   * be overwritten.
   */
  readonly index: number;
  readonly channel: string;
  readonly value: Packed;
}

export interface CheckpointWriteOptions {
  /**
   * The caller's own name for the thread, if it is not the thread's id. Kept when the thread is
   * created.
   */
  readonly origin?: string;
  /**
   * The thread was made elsewhere: it takes its times from its checkpoints in the root namespace,
   * not from the commits that import it. Default false.
   */
  readonly isMovedIn?: boolean;
}

/** The result of a put. */
export type PutOutcome =
  | {
      readonly status: 'stored';
      readonly epoch: number;
      /** The ids of each list's elements in `values`, in order. */
      readonly ids: ReadonlyMap<string, readonly number[]>;
    }
  /**
   * Nothing was stored. Put again with the values of all channels, and with whole elements instead
   * of ids.
   */
  | { readonly status: 'resend' };

/** A checkpoint without the values of its channels. */
export interface CheckpointEntry extends CheckpointKey {
  readonly parentId?: string;
  readonly content: Packed;
  readonly metadata: Packed;
  readonly versions: readonly (readonly [channel: string, version: ChannelVersion])[];
  /** Opaque: where the values are stored. */
  readonly values: readonly (readonly [channel: string, pointer: JsonValue])[];
}

/** A value in the form in which it was put. */
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
  /** In the order of the put. */
  readonly channels: readonly (readonly [channel: string, value: StoredValue])[];
  /** Ordered by task, then by index. */
  readonly writes: readonly StoredWrite[];
  /** The epoch of the element ids: see `CheckpointPut.epoch`. */
  readonly epoch: number;
}

export interface CheckpointCopyOptions extends CheckpointWriteOptions {
  /** Shows the messages of the newest state as items of the copy. */
  readonly messages?: MessageChannel;
}

/** What the program that made a checkpoint knows about it. */
export interface CheckpointTraits {
  /** Milliseconds since 1970. */
  readonly madeAtMs?: number;
  /** The root checkpoint during whose step this one was made, if it is useless without that one. */
  readonly rootId?: string;
  /** The writes on top of its parent are part of its own state. */
  readonly needsParent?: boolean;
  /**
   * The channels whose values are computed from the writes on its ancestors, back to the nearest
   * stored value.
   */
  readonly deltaChannels?: readonly string[];
}

/**
 * Which checkpoints to keep: give exactly one of `keepLast` and `madeSinceMs`. The last checkpoint
 * of every branch is always kept, whatever its age.
 */
export interface CheckpointPruneOptions {
  /** Keeps this many of the newest in each namespace; at least 1. */
  readonly keepLast?: number;
  /**
   * Keeps those made since this time, in milliseconds since 1970, and the newest of each namespace.
   */
  readonly madeSinceMs?: number;
  readonly traitsOf?: (entry: CheckpointEntry) => CheckpointTraits | Promise<CheckpointTraits>;
}

/** What a pruning deleted. */
export interface CheckpointPruning {
  readonly checkpoints: number;
  readonly writes: number;
  readonly elements: number;
  /**
   * The size of the deleted rows, in bytes as JSON. The engine decides when the disk space is free.
   */
  readonly reclaimedBytes: number;
}

export interface CheckpointListOptions {
  /** Default: all. */
  readonly namespace?: string;
  /** Only the checkpoint with this id in each namespace. */
  readonly id?: string;
  /** Only checkpoints whose id sorts before this one. */
  readonly before?: string;
  /** 1 to 1,000. Default 50. */
  readonly limit?: number;
  /** `next` of the previous page. */
  readonly after?: CheckpointKey;
}

export interface CheckpointPage {
  readonly data: readonly CheckpointEntry[];
  /** Give it as `after` to read the following page; `null` at the end. */
  readonly next: CheckpointKey | null;
  /** The name that the thread was created with, if it is not its id. */
  readonly origin?: string;
}

/**
 * The checkpoints of agent programs: states of a thread between the steps of a run. Only callers
 * who may read the thread's whole history see them. Every put is a commit of the thread, and the
 * first one creates the thread.
 */
export interface CheckpointsApi {
  put(threadId: string, put: CheckpointPut, options?: CheckpointWriteOptions): Promise<PutOutcome>;
  /** Stores writes that tasks made on top of a checkpoint. Repeating a write does nothing. */
  putWrites(
    threadId: string,
    key: CheckpointKey,
    writes: readonly CheckpointWrite[],
    options?: CheckpointWriteOptions,
  ): Promise<void>;
  /**
   * The newest of the namespace if no id is given; `undefined` if there is no such checkpoint or
   * thread.
   */
  get(
    threadId: string,
    key: { readonly namespace: string; readonly id?: string },
  ): Promise<StoredCheckpoint | undefined>;
  /** By descending id. A thread that does not exist gives an empty page. */
  list(threadId: string, options?: CheckpointListOptions): Promise<CheckpointPage>;
  /**
   * The checkpoint's ancestors, nearest first: its parent, the parent's parent, and so on. At most
   * `limit`.
   */
  ancestors(
    threadId: string,
    key: CheckpointKey,
    limit: number,
  ): Promise<readonly CheckpointEntry[]>;
  /**
   * The values and writes of at most 100 entries; entries that no longer exist are left out. With
   * `channels`, only the values of these channels.
   */
  load(
    threadId: string,
    entries: readonly CheckpointEntry[],
    options?: { readonly channels?: readonly string[] },
  ): Promise<StoredCheckpoint[]>;
  /**
   * Makes `targetId` a thread of the caller that shares the current checkpoints of `sourceId`, in
   * constant time; later changes to either are not shared. Throws `not_found` if the source has no
   * checkpoints, and `conflict` if the id is or was in use.
   */
  copy(sourceId: string, targetId: string, options?: CheckpointCopyOptions): Promise<void>;
  /**
   * Deletes checkpoints of the thread with the writes on top of them, and the values that nothing
   * refers to any more. Kept are: what copies of the thread share, what the thread shares with the
   * one it was copied from, the ancestors that kept checkpoints need for `deltaChannels`, and
   * parents whose writes a kept checkpoint needs.
   */
  prune(threadId: string, options: CheckpointPruneOptions): Promise<CheckpointPruning>;
}
