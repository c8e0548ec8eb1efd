/** The rows of reactions and their counts, as a draft changes them. */
import {
  reactionCounts,
  reactions,
  type ItemRow,
  type ReactionCountRow,
} from '../../records/tables.ts';
import type { Row } from '../../records/records.ts';
import type { TypedTable } from '../../records/table.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import type { VersionedRow } from '../../records/versioned-writes.ts';
import type { ItemId } from '../../shared/ids.ts';
import { SkeinError } from '../../shared/error.ts';
import type { Drafting } from '../base/core.ts';
import { annotate } from '../log/draft-items.ts';

/** How many different emoji an item may have. */
export const emojiMax = 50;
/** How many of those who reacted first an item tells. */
export const firstMax = 10;

/** A reaction by a user. Its item is an original, as the draft has it. */
interface UserReaction {
  readonly item: ItemRow;
  readonly emoji: string;
  readonly userId: string;
}

/** Adds a reaction; one that is there already stays. Returns the count with it. */
export async function addReaction(
  drafting: Drafting,
  { item, emoji, userId }: UserReaction,
): Promise<ReactionCountRow> {
  const { draft } = drafting;
  const countKey = [draft.head.id, item.id, emoji];
  const key = [...countKey, userId];
  const counted = await rowIn(drafting, reactionCounts, countKey);
  if (counted && (await rowIn(drafting, reactions, key))) return counted;
  await noteEmoji(drafting, item, emoji);
  const { count = 0, first = [], version = 0 } = counted ?? {};
  const next: ReactionCountRow = {
    threadId: draft.head.id,
    itemId: item.id,
    emoji,
    count: count + 1,
    first: first.length < firstMax ? [...first, userId] : first,
    version: version + 1,
  };
  const { threadId, itemId } = next;
  const row = { threadId, itemId, emoji, userId, reactedAt: draft.nowMs, version: 1 };
  draft.writeVersioned(reactions, key, row, undefined);
  draft.writeVersioned(reactionCounts, countKey, next, counted);
  tell(draft, { item, emoji, userId }, { added: true, count: next.count });
  return next;
}

async function noteEmoji(drafting: Drafting, item: ItemRow, emoji: string): Promise<void> {
  const { annotations } = item;
  const known = annotations?.emoji ?? [];
  if (known.includes(emoji)) return;
  if (known.length >= emojiMax) {
    throw new SkeinError(
      'conflict',
      `The item has ${emojiMax} different emoji, and can have no more. React with one of them.`,
    );
  }
  await annotate(drafting, item, { ...annotations, emoji: [...known, emoji] });
}

/** Takes a reaction back, if it is there. */
export async function removeReaction(
  drafting: Drafting,
  { item, emoji, userId }: UserReaction,
): Promise<void> {
  const { draft } = drafting;
  const countKey = [draft.head.id, item.id, emoji];
  const key = [...countKey, userId];
  const stored = await rowIn(drafting, reactions, key);
  const counted = await rowIn(drafting, reactionCounts, countKey);
  if (stored === undefined || counted === undefined) return;
  draft.writeVersioned(reactions, key, undefined, stored);
  const count = counted.count - 1;
  if (count <= 0) {
    draft.writeVersioned(reactionCounts, countKey, undefined, counted);
    const { annotations } = item;
    const rest = annotations?.emoji?.filter((other) => other !== emoji) ?? [];
    await annotate(drafting, item, { ...annotations, emoji: rest.length > 0 ? rest : undefined });
  } else {
    const first = await firstWithout(drafting, counted, userId);
    const next = { ...counted, count, first, version: counted.version + 1 };
    draft.writeVersioned(reactionCounts, countKey, next, counted);
  }
  tell(draft, { item, emoji, userId }, { added: false, count });
}

/** The first users without this one, in whose place another one comes. */
async function firstWithout(
  drafting: Drafting,
  { threadId, itemId, emoji, first, count }: ReactionCountRow,
  userId: string,
): Promise<readonly string[]> {
  if (!first.includes(userId)) return first;
  const rest = first.filter((id) => id !== userId);
  if (count <= first.length) return rest;
  for await (const other of usersOf(drafting, [threadId, itemId, emoji])) {
    if (!rest.includes(other)) return [...rest, other];
  }
  return rest;
}

/** Who has reacted, as the draft leaves it. Its caller needs few of them. */
async function* usersOf(
  { core, draft }: Drafting,
  prefix: readonly [threadId: string, itemId: string, emoji: string],
): AsyncGenerator<string> {
  let after: string | undefined;
  for (;;) {
    const range = { prefix, limit: usersAtOnce, ...(after !== undefined && { after: [after] }) };
    const rows = await core.records.scan(reactions, range);
    for (const { userId } of rows) {
      const written = draft.findVersioned(reactions, [...prefix, userId]);
      if (written === undefined || written.row !== undefined) yield userId;
    }
    if (rows.length < usersAtOnce) break;
    after = rows.at(-1)?.userId;
  }
  const [, itemId, emoji] = prefix;
  for (const row of draft.listVersioned(reactions)) {
    if (row.itemId === itemId && row.emoji === emoji) yield row.userId;
  }
}

/** As a rule one of these is none of the first. */
const usersAtOnce = firstMax + 1;

/** Live readers hear of it. The thread itself stays as it is, and so does its ETag. */
function tell(
  draft: ThreadDraft,
  { item, emoji, userId }: UserReaction,
  made: { readonly added: boolean; readonly count: number },
): void {
  draft.addQuietChange({
    type: 'reaction',
    itemId: noItem,
    userId,
    reactedId: item.id,
    reaction: { emoji, ...made },
  });
}

/** The `itemId` of a change that is not among those of an item. */
const noItem = '' as ItemId; // a key column cannot be absent

/** A row of these tables, as the draft leaves it. */
async function rowIn<R extends VersionedRow & Row>(
  { core, draft }: Drafting,
  table: TypedTable<R>,
  key: readonly string[],
): Promise<R | undefined> {
  const written = draft.findVersioned(table, key);
  return written ? written.row : core.records.get(table, key);
}
