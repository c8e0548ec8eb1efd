import type { Change, Item } from './item.ts';
import type { Participant } from './participant.ts';
import type { ReactionChange } from './reaction.ts';
import type { Receipt } from './reading-state.ts';
import type { Run } from './run.ts';
import type { Thread } from './thread.ts';
import type { ErrorCode } from '../shared/error.ts';
import type { ThreadId } from '../shared/ids.ts';

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
  /** A user has reacted to an item, or taken a reaction back. The head stays as it was. */
  | { readonly type: 'reaction'; readonly cursor: string; readonly reaction: ReactionChange }
  | { readonly type: 'head'; readonly cursor: string; readonly thread: Thread };

export interface LiveOptions {
  /** The cursor of an earlier event or of an item page. Default: now. */
  readonly after?: string;
  /** As for a list of items. Default `current`. */
  readonly view?: LiveView;
  readonly signal?: AbortSignal;
}

export type LiveView = 'current' | 'log' | 'context';

/** A thread to follow in a channel. */
export interface LiveThread extends Pick<LiveOptions, 'after' | 'view'> {
  readonly id: string;
  /** What the address of an unlisted thread names, which lets its readers in. */
  readonly linkKey?: string;
  /**
   * Whether the caller is seen as present, and sees who else is: only in the assistant's threads,
   * direct threads and groups in which it takes part. Default false.
   */
  readonly presence?: boolean;
  /**
   * Comes back in a `begin` before the thread's first event, and in its `end`, so that a reader
   * tells them from those of an earlier time at which it followed the thread.
   */
  readonly ref?: string;
}

export interface LiveChannelOptions {
  /** Default: none. `subscribe` adds others. */
  readonly threads?: readonly LiveThread[];
  readonly signal?: AbortSignal;
}

/**
 * A thread is no longer followed: the caller may not read it, or not any more; there is none; or
 * what it was to be followed from is no place in it. The other threads go on.
 */
export interface LiveThreadEnd {
  readonly type: 'end';
  /** As it was asked for. */
  readonly threadId: string;
  readonly ref?: string;
  readonly code: ErrorCode;
  /** For people. */
  readonly detail: string;
}

/** Only of threads that were given a `ref`. */
export interface LiveThreadBegin {
  readonly type: 'begin';
  readonly threadId: string;
  readonly ref: string;
}

/**
 * What happens in a thread and has no place in its log, and so no cursor. One that a reader misses
 * does not come again.
 */
export type LiveSignal =
  /** A run has begun, ended, or got another status. */
  | { readonly type: 'run'; readonly threadId: ThreadId; readonly run: Run }
  /** A participant has read on: the caller itself, or another in a thread that has receipts. */
  | { readonly type: 'read'; readonly threadId: ThreadId; readonly receipt: Receipt }
  | {
      readonly type: 'typing';
      readonly threadId: ThreadId;
      readonly userId: string;
      /** Unless it is said again; 0: not any more. */
      readonly expiresInMs: number;
    }
  | {
      readonly type: 'presence';
      readonly threadId: ThreadId;
      readonly userId: string;
      readonly state: 'online' | 'offline';
    };

export interface Typing {
  /** Default true. */
  readonly on?: boolean;
}

/** What a channel tells: the events of each thread in its order, its begin and its end. */
export type LiveChannelEvent =
  | (LiveEvent & { readonly threadId: ThreadId })
  | LiveThreadBegin
  | LiveSignal
  | LiveThreadEnd;

/**
 * Follows many threads at once. Nothing is read before the first event is asked for, nor ahead.
 * Ends when `signal` aborts.
 */
export interface LiveChannel extends AsyncGenerator<LiveChannelEvent, void, undefined> {
  /** Follows these threads, too. One that is followed already begins again. At most 1,000. */
  subscribe(threads: readonly LiveThread[]): void;
  unsubscribe(threadIds: readonly string[]): void;
}

/**
 * Opens a channel.
 *
 * @example
 * for await (const event of project.live({ threads: [{ id, after }] })) {
 *   if (event.type === 'item') console.log(event.threadId, event.item.parts);
 * }
 */
export type OpenLiveChannel = (options?: LiveChannelOptions) => LiveChannel;
