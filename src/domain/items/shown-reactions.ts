import type { Reaction } from '../../api/reaction.ts';
import type { Key } from '../../records/records.ts';
import {
  reactionCounts,
  reactions,
  type ItemRow,
  type ReactionCountRow,
  type ThreadRow,
} from '../../records/tables.ts';
import type { Visiting } from '../base/core.ts';

/** The reactions to items, by the id of the item; one without any is not there. */
export type ReactionsOf = ReadonlyMap<string, readonly Reaction[]>;

/** An edited item has the reactions of its original. */
export function annotatedId({ id, originalId = id }: ItemRow): ItemRow['id'] {
  return originalId;
}

/**
 * The reactions to these items, as the reader is to see them; `undefined`, without a read, if none
 * has any, as in most pages. The rows tell which emoji there are, so that all are read at once.
 */
export function readReactions(
  reading: Visiting,
  head: ThreadRow,
  rows: readonly (ItemRow | undefined)[],
): Promise<ReactionsOf> | undefined {
  const annotated = rows.filter((row) => row?.annotations?.emoji !== undefined);
  if (annotated.length === 0) return undefined;
  return readAll(reading, head, annotated as readonly ItemRow[]); // none is left out
}

async function readAll(
  reading: Visiting,
  head: ThreadRow,
  rows: readonly ItemRow[],
): Promise<ReactionsOf> {
  const keys = rows.flatMap((row) =>
    (row.annotations?.emoji ?? []).map((emoji) => [head.id, annotatedId(row), emoji]),
  );
  const counts = await reading.core.records.getExisting(reactionCounts, keys);
  const isMine = await ownReactions(reading, counts);
  const found = new Map<string, Reaction[]>();
  for (const row of counts) {
    const ofItem = found.get(row.itemId) ?? [];
    ofItem.push(presentReaction(row, isMine(row)));
    found.set(row.itemId, ofItem);
  }
  return found;
}

/** Which of these the reader has made. Most say so themselves, by their first users. */
async function ownReactions(
  { core, principal }: Visiting,
  rows: readonly ReactionCountRow[],
): Promise<(row: ReactionCountRow) => boolean> {
  const { userId } = principal;
  if (userId === undefined) return () => false;
  const keyOf = ({ threadId, itemId, emoji }: ReactionCountRow): Key => {
    return [threadId, itemId, emoji, userId];
  };
  const asked = rows.filter(({ count, first }) => count > first.length && !first.includes(userId));
  const own = await core.records.getExisting(reactions, asked.map(keyOf));
  const known = new Set(own.map(({ itemId, emoji }) => `${itemId} ${emoji}`));
  return ({ first, itemId, emoji }) => first.includes(userId) || known.has(`${itemId} ${emoji}`);
}

export function presentReaction(
  { emoji, count, first }: ReactionCountRow,
  mine: boolean,
): Reaction {
  return { emoji, count, mine, userIds: first };
}
