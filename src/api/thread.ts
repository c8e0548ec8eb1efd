import type { PageOptions } from './page.ts';
import type { ItemId, ThreadId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import type { NewItem, Role } from './item.ts';
import type { NewParticipant } from './participation.ts';

export const threadModes = ['assistant', 'direct', 'group', 'channel', 'public', 'feed'] as const;
/**
 * `assistant`: one person and a service (the default); `direct`: two people; `group`: several;
 * `channel`: a few to many; `public`: anyone to anyone; `feed`: the records of a scope.
 */
export type ThreadMode = (typeof threadModes)[number];

export const threadVisibilities = ['private', 'unlisted', 'public'] as const;
/** `unlisted`: anyone with the id may read it; `public`: it is listed, too. */
export type ThreadVisibility = (typeof threadVisibilities)[number];

export const threadOrders = ['updated', 'created'] as const;
/**
 * `updated`: the threads that changed last come first, to the second; `created`: the newest come
 * first. Ties are ordered by id.
 */
export type ThreadOrder = (typeof threadOrders)[number];

export const titleSources = ['default', 'derived', 'generated', 'user'] as const;
/** Where a title comes from. A title set by the user is never overwritten by another source. */
export type TitleSource = (typeof titleSources)[number];

/** A container of items, with a summary that every append updates in the same commit. */
export interface Thread {
  readonly id: ThreadId;
  readonly projectId: string;
  readonly ownerId: string;
  readonly mode: ThreadMode;
  readonly scopeType?: string;
  readonly scopeId?: string;
  readonly title: string;
  readonly titleSource: TitleSource;
  readonly visibility: ThreadVisibility;
  readonly metadata: JsonObject;
  readonly tags: readonly string[];
  /** ISO 8601, UTC, milliseconds; likewise all times below. */
  readonly archivedAt?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Rises with every commit to the thread; serves as its ETag. */
  readonly version: number;
  /** The number of items in the log, including revisions, hidden and inherited ones. */
  readonly itemCount: number;
  readonly lastItemId: ItemId | null;
  /** The beginning of the last visible item, at most 100 characters; empty if there is none. */
  readonly lastPreview: string;
  readonly lastRole: Role | null;
  readonly forkedFrom?: ForkPoint;
  /** The participant that the owner has offered the thread to. */
  readonly offeredTo?: string;
}

/** The last item that a fork shares with its source. */
export interface ForkPoint {
  readonly threadId: ThreadId;
  readonly itemId: ItemId;
}

export interface NewThread {
  /**
   * 1 to 128 characters of `[A-Za-z0-9_.:-]`, unique in the project. Creating it again with the
   * same content returns the first thread. Default: a new UUIDv7.
   */
  readonly id?: string;
  /** Default `assistant`. */
  readonly mode?: ThreadMode;
  /**
   * At most 200 characters. If absent, "New Thread" until the first text of a user gives a title.
   * If empty, "Untitled".
   */
  readonly title?: string;
  /** Default `private`. */
  readonly visibility?: ThreadVisibility;
  /**
   * What the thread is about, in the host's terms. Give both or neither, at most 128 characters
   * each.
   */
  readonly scopeType?: string;
  readonly scopeId?: string;
  /** At most 20, each 1 to 64 characters. */
  readonly tags?: readonly string[];
  /** At most 64 KiB as JSON. */
  readonly metadata?: JsonObject;
  /** The first items, in the same commit. At most 1,000. */
  readonly items?: readonly NewItem[];
  /** Who takes part from the beginning, at most 100. */
  readonly participants?: readonly NewParticipant[];
}

export interface ThreadPatch {
  readonly title?: string;
  readonly visibility?: ThreadVisibility;
  /** An assistant's thread becomes a `group`; `group` and `channel` become each other. */
  readonly mode?: ThreadMode;
  /** Replaces all tags. */
  readonly tags?: readonly string[];
  /** A JSON merge patch (RFC 7396): `null` removes a key. */
  readonly metadata?: JsonObject;
  readonly archived?: boolean;
}

/** One change of a many-first `threads.update`. */
export interface ThreadUpdate extends ThreadPatch {
  readonly id: string;
  /**
   * If it is not the thread's version, the call throws `precondition_failed` and changes nothing.
   */
  readonly ifVersion?: number;
}

export interface ThreadListOptions extends PageOptions {
  /** Give both or neither. */
  readonly scopeType?: string;
  readonly scopeId?: string;
  readonly tag?: string;
  /** `public`: all public threads of the project. */
  readonly visibility?: ThreadVisibility;
  /** Default false. Archived threads are listed separately. */
  readonly archived?: boolean;
  /** Every thread that the caller owns or takes part in. Goes with the order `updated`. */
  readonly participating?: boolean;
  /** Only threads with messages that the caller has not read. */
  readonly unread?: boolean;
  /**
   * Default `updated`. A tag in the order of creation is looked for in the caller's own threads, so
   * that pages may be short or empty before the end.
   */
  readonly order?: ThreadOrder;
}

export interface ForkInput {
  readonly threadId: string;
  /** The last item to inherit. Default: the newest. */
  readonly atItemId?: string;
}

export interface ForkListOptions extends PageOptions {
  /** Only the forks made at this item. */
  readonly itemId?: string;
}

export interface OperatorThreadsApi {
  /** A thread of any project and any owner, by its stored id: `id`, or `project/id`. */
  get(threadId: string): Promise<Thread>;
}
