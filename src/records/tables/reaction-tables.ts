import type { ItemId, StoredThreadId } from '../../shared/ids.ts';
import { declareTable, type TypedTable } from '../table.ts';
import { anyJson, int, string, timestamp } from './columns.ts';

/** A user's reaction to an item, which of an edited one is the original. */
export type ReactionRow = {
  readonly threadId: StoredThreadId;
  readonly itemId: ItemId;
  readonly emoji: string;
  readonly userId: string;
  readonly reactedAt: number;
  readonly version: number;
};

export const reactions: TypedTable<ReactionRow, 'reactions'> = declareTable({
  name: 'reactions',
  id: 40,
  parent: 'threads',
  columns: {
    threadId: string,
    itemId: string,
    emoji: string,
    userId: string,
    reactedAt: timestamp,
    version: int,
  },
  key: ['threadId', 'itemId', 'emoji', 'userId'],
  partition: 1,
  indexes: [],
});

/** How many users have reacted to an item with an emoji. Without one there is no row. */
export type ReactionCountRow = {
  readonly threadId: StoredThreadId;
  readonly itemId: ItemId;
  readonly emoji: string;
  readonly count: number;
  /** Those who reacted first, at most `firstMax`. */
  readonly first: readonly string[];
  readonly version: number;
};

export const reactionCounts: TypedTable<ReactionCountRow, 'reaction_counts'> = declareTable({
  name: 'reaction_counts',
  id: 41,
  parent: 'threads',
  columns: {
    threadId: string,
    itemId: string,
    emoji: string,
    count: int,
    first: anyJson,
    version: int,
  },
  key: ['threadId', 'itemId', 'emoji'],
  partition: 1,
  indexes: [],
});
