/** How many messages that people see stand up to an item, and who has read how many of them. */
import type { ItemRow, OwnItem, ThreadRow } from './tables.ts';

/** Up to the newest item. In a log of an older version every item counts. */
export function headPosition({ messagePosition, itemCount }: ThreadRow): number {
  return messagePosition ?? itemCount;
}

export function itemPosition({ messagePosition, position }: ItemRow): number {
  return messagePosition ?? position;
}

/** Whether an item counts as a message: a visible text of a user or an assistant. */
export function isMessage({
  role,
  visibility,
  originalId,
  redactedAt,
}: Pick<ItemRow, 'role' | 'visibility' | 'originalId' | 'redactedAt'>): boolean {
  const isSaid = role === 'user' || role === 'assistant';
  return isSaid && visibility === 'visible' && originalId === undefined && redactedAt === undefined;
}

type Counted = Parameters<typeof isMessage>[0] & Pick<ItemRow, 'private' | 'sawPrivate'>;

/**
 * Whether people see an item of their own among the messages. What is private, or saw something
 * private, is not for all of them, and one number serves every reader: it counts for none.
 */
export function countsAsMessage(item: Counted): boolean {
  return isMessage(item) && !item.private && item.sawPrivate !== true;
}

/** The positions of items that follow a head, in order. */
export function positionsAfter(head: ThreadRow, contents: readonly Counted[]): number[] {
  let position = headPosition(head);
  return contents.map((content) => (countsAsMessage(content) ? ++position : position));
}

type OwnItems = Pick<
  ThreadRow,
  'messagePosition' | 'countedFrom' | 'ownerItemId' | 'ownerPosition' | 'wrote'
>;

/** The columns of a head after an append: who writes has read what stands before. */
export function ownItemsAfter(head: ThreadRow, rows: readonly ItemRow[]): OwnItems {
  const messagePosition = rows.at(-1)?.messagePosition ?? headPosition(head);
  const own = rows.findLast(({ authorId, role }) => authorId === head.ownerId && role === 'user');
  return {
    messagePosition,
    // Older versions have written the items before.
    countedFrom:
      head.countedFrom ??
      (head.messagePosition === undefined ? head.itemCount || undefined : undefined),
    ownerItemId: own?.id ?? head.ownerItemId,
    ownerPosition: own?.messagePosition ?? head.ownerPosition,
    wrote: wroteAfter(head, rows),
  };
}

/** How many other people a head remembers; of those before, their rows say what they have read. */
const wroteMax = 32;

function wroteAfter(head: ThreadRow, rows: readonly ItemRow[]): ThreadRow['wrote'] {
  let { wrote } = head;
  for (const { authorId, role, id, messagePosition } of rows) {
    if (role !== 'user' || authorId === undefined || authorId === head.ownerId) continue;
    const others: readonly OwnItem[] = (wrote ?? []).filter(({ userId }) => userId !== authorId);
    wrote = [...others, { userId: authorId, itemId: id, position: messagePosition! }]; // it is new
  }
  return wrote;
}

/**
 * Those that are too many for a head, if any: their own rows must tell it from now on. Looked at
 * with every append.
 */
export function takeOldAuthors({ wrote = [] }: ThreadRow):
  | {
      readonly wrote: ThreadRow['wrote'];
      readonly old: readonly OwnItem[];
    }
  | undefined {
  const excess = wrote.length - wroteMax;
  if (excess <= 0) return undefined;
  return { wrote: wrote.slice(excess), old: wrote.slice(0, excess) };
}
