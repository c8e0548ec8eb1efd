/**
 * The log of a thread as its readers see it: the inherited stretches, oldest first, then the
 * thread's own items. Item ids rise throughout, so an id alone tells which stretch an item is in.
 */
import type { Records, Scalar } from '../../records/records.ts';
import type { Stretch } from '../base/hooks.ts';
import { items, type ItemRow, type ThreadRow, threads } from '../../records/tables.ts';
import type { ItemId } from '../../shared/ids.ts';

/** A row of the log, with the stretch that it comes from. */
export interface LogRow {
  readonly row: ItemRow;
  readonly stretch: Stretch;
  /** In a limited stretch with amendments: the visibility that the item has there. */
  readonly sourceVisibility?: string;
}

interface LogRange {
  /** Only items with this value in an index of `(threadId, column)`. */
  readonly index?: { readonly name: string; readonly value: string };
  /** Exclusive bounds, in id order. */
  readonly after?: string;
  readonly before?: string;
  readonly reverse?: boolean;
  readonly limit: number;
}

export function stretchesOf(head: ThreadRow): Stretch[] {
  const stretches: Stretch[] = [];
  let after: ItemId | undefined;
  for (const { threadId, itemId, limited } of head.lineage ?? []) {
    stretches.push({
      threadId,
      through: itemId,
      limited: limited ?? false,
      ...(after && { after }),
    });
    after = itemId;
  }
  stretches.push({ threadId: head.id, limited: false, ...(after && { after }) });
  return stretches;
}

/** The stretch that contains an item with this id, if the thread has it at all. */
export function stretchOf(head: ThreadRow, itemId: string): Stretch {
  const stretches = stretchesOf(head);
  // The last stretch has no end.
  return stretches.find(({ through }) => through === undefined || itemId <= through)!;
}

/** Reads a part of the log, at most `limit` rows: one prefix scan per range that it touches. */
export async function scanLog(
  records: Records,
  head: ThreadRow,
  range: LogRange,
): Promise<LogRow[]> {
  const stretches = stretchesOf(head);
  if (range.reverse) stretches.reverse();
  const found: LogRow[] = [];
  for (const stretch of stretches) {
    if (found.length >= range.limit) break;
    const bounds = boundsWithin(stretch, range);
    if (bounds === undefined) continue;
    const rows = await records.scan(items, {
      prefix: range.index ? [stretch.threadId, range.index.value] : [stretch.threadId],
      ...(range.index && { index: range.index.name }),
      ...bounds,
      reverse: range.reverse ?? false,
      limit: range.limit - found.length,
    });
    for (const row of rows) found.push({ row, stretch });
  }
  return found;
}

/** An item of the thread, own or inherited, or `undefined`. */
export async function findItem(
  records: Records,
  head: ThreadRow,
  itemId: ItemId,
): Promise<LogRow | undefined> {
  const stretch = stretchOf(head, itemId);
  const row = await records.get(items, [stretch.threadId, itemId]);
  return row && { row, stretch };
}

/**
 * Sorts after `id` and before every greater id: ids contain nothing smaller than `-`, so a space
 * works.
 */
export function throughId(id: string): string {
  return `${id} `;
}

interface Bounds {
  readonly after?: readonly Scalar[];
  readonly before?: readonly Scalar[];
}

function boundsWithin(stretch: Stretch, range: LogRange): Bounds | undefined {
  const after = greater(stretch.after, range.after);
  const end = stretch.through === undefined ? undefined : throughId(stretch.through);
  const before =
    end === undefined || (range.before !== undefined && range.before < end) ? range.before : end;
  if (after !== undefined && before !== undefined && after >= before) return undefined;
  return {
    ...(after !== undefined && { after: [after] }),
    ...(before !== undefined && { before: [before] }),
  };
}

function greater(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}

/**
 * Whether a thread's log lacks an item that it must have. Inherited items may be missing for good,
 * if a deleted source left only its public view.
 */
export async function isLost(records: Records, head: ThreadRow, itemId: ItemId): Promise<boolean> {
  const home = stretchOf(head, itemId).threadId;
  if ((await records.get(items, [home, itemId])) !== undefined) return false;
  const owner = home === head.id ? head : await records.get(threads, [home]);
  return owner === undefined || owner.forkedItemId === undefined || itemId > owner.forkedItemId;
}
