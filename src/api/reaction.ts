import type { ItemId } from '../shared/ids.ts';
import type { Page, PageOptions } from './page.ts';

/** What an emoji has got on an item. */
export interface Reaction {
  /** An emoji, fully qualified, or a short name such as `:party-parrot:`. */
  readonly emoji: string;
  /** How many users reacted with it. */
  readonly count: number;
  /** Whether the caller is one of them. */
  readonly mine: boolean;
  /** The first of them, at most ten. */
  readonly userIds: readonly string[];
}

export interface NewReaction {
  readonly itemId: string;
  /** One emoji, or a short name of letters, digits, `_`, `+` and `-` in colons. */
  readonly emoji: string;
}

/** A user who reacted. */
export interface Reactor {
  readonly userId: string;
  /** ISO 8601. */
  readonly reactedAt: string;
}

/** A user has reacted to an item, or has taken a reaction back. */
export interface ReactionChange {
  /** The item as readers know it: the original, if it was edited. */
  readonly itemId: ItemId;
  readonly emoji: string;
  readonly userId: string;
  /** False if it was taken back. */
  readonly added: boolean;
  /** How many users had reacted with this emoji right after. */
  readonly count: number;
  /** The reader is this user. */
  readonly mine?: true;
}

export interface ReactionsApi {
  /**
   * Reacts to items, at most 100 in one commit. A user reacts once with an emoji: doing it again
   * changes nothing. An item has at most 50 different emoji; one more is a `conflict`.
   *
   * @example
   * await project.reactions.add(thread.id, [{ itemId: item.id, emoji: '👍' }]);
   */
  add(threadId: string, reactions: readonly NewReaction[]): Promise<Reaction[]>;
  /** Takes the caller's reactions back, at most 100. One that is not there is left out. */
  remove(threadId: string, reactions: readonly NewReaction[]): Promise<void>;
  /** Who reacted to an item with an emoji, by user id. */
  list(
    threadId: string,
    itemId: string,
    emoji: string,
    options?: PageOptions,
  ): Promise<Page<Reactor>>;
}
