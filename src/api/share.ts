import type { ItemId, ThreadId } from '../shared/ids.ts';
import type { LiveOptions } from './live.ts';
import type { Part, Role } from './item.ts';
import type { Page, PageOptions } from './page.ts';
import type { Reaction, ReactionChange } from './reaction.ts';
import type { Thread, ThreadMode, ThreadVisibility } from './thread.ts';
import type { Outcome, WriteOptions } from './write-options.ts';

/** How a thread can be reached by its own address. */
export interface ThreadSharing {
  readonly visibility: ThreadVisibility;
  /** False while it is private: then only a share link lets others in. */
  readonly canShare: boolean;
  /** The address for others; `null` while the thread is private. */
  readonly shareUrl: string | null;
}

/** A link to a thread, which can be revoked. Its token is nowhere in it. */
export interface Share {
  readonly id: string;
  readonly threadId: ThreadId;
  readonly createdBy: string;
  /** ISO 8601, as the times below. */
  readonly createdAt: string;
  /** It shows the thread as it was at this item, and nothing later but redactions. */
  readonly frozenItemId?: ItemId;
  readonly expiresAt?: string;
  readonly revokedAt?: string;
  readonly title?: string;
  readonly showAuthors: boolean;
  /** How often it was opened; counted within a minute. */
  readonly views: number;
  readonly lastViewedAt?: string;
}

export interface NewShare {
  /** 1 to 31,536,000, a year. Default: it does not expire. */
  readonly expiresInSeconds?: number;
  /** Default false: readers see what is added and changed. */
  readonly frozen?: boolean;
  /** The last item that readers see, which makes the link frozen. Default: the newest. */
  readonly atItemId?: string;
  /** At most 200 characters. Default: the thread's title. */
  readonly title?: string;
  /** Default false: readers do not see who wrote what. */
  readonly showAuthors?: boolean;
}

/** A new share with its token, which is shown this once. */
export interface IssuedShare {
  readonly share: Share;
  readonly token: string;
  readonly url: string;
}

export interface SharesApi {
  /** For the owner. */
  sharing(threadId: string): Promise<ThreadSharing>;
  /**
   * Makes a link with which everybody reads the thread, also a private one, as an anonymous caller:
   * without what is private, hidden, archived or redacted. For the owner.
   *
   * @example
   * const { url } = await project.shares.create(thread.id, { expiresInSeconds: 3600 });
   */
  create(threadId: string, share?: NewShare): Promise<IssuedShare>;
  /** Newest last, with those that are revoked or expired. For the owner. */
  list(threadId: string, options?: PageOptions): Promise<Page<Share>>;
  /** Ends links at once, open readers included. A link that has ended stays so. */
  revoke(threadId: string, shareIds: readonly string[]): Promise<void>;
}

/** What a link tells about its thread. */
export interface SharedThread {
  readonly title: string;
  readonly mode: ThreadMode;
  readonly isFrozen: boolean;
  readonly showsAuthors: boolean;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly expiresAt?: string;
}

/** An item as readers of a link see it. */
export interface SharedItem {
  readonly id: ItemId;
  readonly role: Role;
  readonly parts: readonly Part[];
  readonly parentId?: ItemId;
  /** Only where the link shows authors. */
  readonly authorId?: string;
  readonly createdAt: string;
  /** Absent if there are none, and in frozen links: they show the items alone. */
  readonly reactions?: readonly SharedReaction[];
}

/** What an emoji has got on an item. Who reacted is not told. */
export type SharedReaction = Pick<Reaction, 'emoji' | 'count'>;

export interface SharedItemOptions extends PageOptions {
  /** Default `asc`. */
  readonly order?: 'asc' | 'desc';
}

export type SharedEvent =
  | { readonly type: 'item'; readonly cursor: string; readonly item: SharedItem }
  | {
      readonly type: 'change';
      readonly cursor: string;
      readonly itemId: ItemId;
      /** What now stands in the item's place; absent if readers no longer see it. */
      readonly item?: SharedItem;
    }
  | {
      readonly type: 'reaction';
      readonly cursor: string;
      readonly reaction: Pick<ReactionChange, 'itemId' | 'emoji' | 'count'>;
    }
  | { readonly type: 'head'; readonly cursor: string; readonly thread: SharedThread };

/**
 * Reading by a link, for any caller. A token that is unknown, expired or revoked is `not_found`.
 */
export interface SharedApi {
  get(token: string): Promise<SharedThread>;
  items(token: string, options?: SharedItemOptions): Promise<Page<SharedItem>>;
  /** Not for frozen links, which do not change. */
  live(
    token: string,
    options?: Omit<LiveOptions, 'view'>,
  ): AsyncGenerator<SharedEvent, void, undefined>;
  /**
   * Copies what the link shows into a new thread of the caller's own: its newest 1,000 items at
   * most.
   */
  fork(token: string, options?: WriteOptions): Promise<Thread>;
  /** Like `fork`; the outcome tells a retry from a new thread. */
  forkWithOutcome(token: string, options?: WriteOptions): Promise<Outcome<Thread>>;
}
