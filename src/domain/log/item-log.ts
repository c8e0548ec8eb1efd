/**
 * The log of a thread as its readers see it: the inherited stretches, oldest first, then the thread's own
 * items. Item ids rise over the whole of it, so an id alone tells in which stretch an item lies.
 */
import type { Records, Scalar } from '../../records/records.ts';
import type { Stretch } from '../base/hooks.ts';
import { items, type ItemRow, type ThreadRow } from '../../records/tables.ts';
import type { ItemId } from '../../shared/ids.ts';

/** The item rows of a range of the log, with the stretch that each comes from. */
export interface LogRow {
  readonly row: ItemRow;
  readonly stretch: Stretch;
  /** Of a limited stretch, where forks amend it: the visibility that it has there. */
  readonly sourceVisibility?: string;
}

interface LogRange {
  /** Only the items that have this value in an index of `(threadId, column)`. */
  readonly index?: { readonly name: string; readonly value: string };
  /** Exclusive bounds, in the order of ids. */
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

/** The stretch in which an item with this id lies, if it is in the thread at all. */
export function stretchOf(head: ThreadRow, itemId: string): Stretch {
  const stretches = stretchesOf(head);
  return stretches.find(({ through }) => through === undefined || itemId <= through)!; // the last has no end
}

/** Reads a range of the log, at most `limit` rows: a prefix scan for each stretch that it touches. */
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

/** An item of the thread, inherited ones included, or `undefined`. */
export async function findItem(
  records: Records,
  head: ThreadRow,
  itemId: ItemId,
): Promise<LogRow | undefined> {
  const stretch = stretchOf(head, itemId);
  const row = await records.get(items, [stretch.threadId, itemId]);
  return row && { row, stretch };
}

/** Sorts after `id` and before every greater id: ids hold nothing smaller than `-`, so a space does. */
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
