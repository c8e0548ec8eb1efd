/**
 * Overlays: a fork's amendments of inherited items. A thread sees an inherited item as amended by
 * the forks between its home and the thread; if several set the same field, the nearest one wins.
 *
 * Visibility belongs to an item and all of its revisions together, so it is stored with the
 * original.
 */
import type { Key, Records } from '../../records/records.ts';
import {
  overlays,
  threads,
  type ItemRow,
  type OverlayRow,
  type ThreadRow,
} from '../../records/tables.ts';
import type { ThreadId } from '../../shared/ids.ts';
import { stretchOf, type LogRow } from './item-log.ts';
import { newestRevision } from './newest-revision.ts';

/** A thread of the lineage, oldest first, ending with the thread itself. */
interface Amender {
  readonly threadId: ThreadId;
  /** Only its public view is inherited (`Ancestor.limited`). */
  readonly isLimited: boolean;
  readonly isOverlaid: boolean;
}

/** The rows as this thread sees them. Its own rows are unchanged. */
export async function amendRows(
  records: Records,
  head: ThreadRow,
  rows: readonly LogRow[],
): Promise<readonly LogRow[]> {
  if (head.lineage === undefined) return rows;
  const amenders = await amendersOf(records, head);
  const isOverlaid = amenders.some((amender) => amender.isOverlaid);
  const found = isOverlaid ? await readOverlays(records, head, amenders, rows) : new Map();
  const seen: LogRow[] = [];
  for (const logRow of rows) {
    const amendedRow = isOverlaid ? amended(head, amenders, found, logRow) : logRow;
    const isLater = isEditedAfterFork(amendedRow);
    seen.push(isLater ? await withoutLater(records, head, amendedRow) : amendedRow);
  }
  return seen;
}

function isEditedAfterFork({ row: { replacedById }, stretch: { through } }: LogRow): boolean {
  return replacedById !== undefined && through !== undefined && replacedById > through;
}

/** Removes edits that were made after a fork, which do not belong to it. */
async function withoutLater(records: Records, head: ThreadRow, logRow: LogRow): Promise<LogRow> {
  const newest = await newestRevision(records, head, logRow);
  return { ...logRow, row: { ...logRow.row, replacedById: newest?.id } };
}

/** A row amended by the thread itself, which wins over all others. */
export function withOverlay(row: ItemRow, overlay: Amendment | undefined): ItemRow {
  if (overlay === undefined) return row;
  const { replacedById = row.replacedById, visibility = row.visibility } = overlay;
  return { ...row, replacedById, visibility };
}

/** The visibility that an overlay gives an item; `undefined` if it does not set one. */
export function visibilityIn(overlay: OverlayRow | undefined): string | undefined {
  const { visibility, sourceVisibility } = overlay ?? {};
  const isSealed = sourceVisibility !== undefined && sourceVisibility !== 'visible';
  return isSealed ? sourceVisibility : (visibility ?? sourceVisibility);
}

export type Amendment = Pick<OverlayRow, 'replacedById' | 'visibility'>;

/** Each thread's head knows whether the thread has overlays; most have none. */
async function amendersOf(records: Records, head: ThreadRow): Promise<readonly Amender[]> {
  const lineage = head.lineage ?? [];
  const between = lineage.slice(1); // the first one inherits nothing
  const heads = await records.getExisting(
    threads,
    between.map(({ threadId }) => [threadId]),
  );
  const overlaid = new Set(heads.filter((ancestor) => ancestor.overlaid).map(({ id }) => id));
  const ancestors = lineage.map(({ threadId, limited }) => ({
    threadId,
    isLimited: limited ?? false,
    isOverlaid: overlaid.has(threadId),
  }));
  return [
    ...ancestors,
    { threadId: head.id, isLimited: false, isOverlaid: head.overlaid ?? false },
  ];
}

async function readOverlays(
  records: Records,
  head: ThreadRow,
  amenders: readonly Amender[],
  rows: readonly LogRow[],
): Promise<FoundOverlays> {
  const keys: Key[] = [];
  for (const { row } of rows) {
    for (const itemId of new Set([row.id, row.originalId ?? row.id])) {
      for (const { threadId, isOverlaid } of amendersAfter(head, amenders, itemId)) {
        if (isOverlaid) keys.push([threadId, itemId]);
      }
    }
  }
  const found: FoundOverlays = new Map();
  for (const overlay of await records.getExisting(overlays, keys)) {
    const ofItem = found.get(overlay.itemId) ?? new Map<ThreadId, OverlayRow>();
    ofItem.set(overlay.threadId, overlay);
    found.set(overlay.itemId, ofItem);
  }
  return found;
}

/** By item, then by amending thread. */
type FoundOverlays = Map<string, Map<ThreadId, OverlayRow>>;

function amendersAfter(
  head: ThreadRow,
  amenders: readonly Amender[],
  itemId: string,
): readonly Amender[] {
  const home = stretchOf(head, itemId).threadId;
  return amenders.slice(amenders.findIndex(({ threadId }) => threadId === home) + 1);
}

function amended(
  head: ThreadRow,
  amenders: readonly Amender[],
  found: FoundOverlays,
  { row, stretch }: LogRow,
): LogRow {
  let { replacedById, visibility } = row;
  let sourceVisibility = visibility;
  for (const { threadId } of amendersAfter(head, amenders, row.id)) {
    replacedById = found.get(row.id)?.get(threadId)?.replacedById ?? replacedById;
  }
  const originalId = row.originalId ?? row.id;
  for (const { threadId, isLimited } of amendersAfter(head, amenders, originalId)) {
    const overlay = found.get(originalId)?.get(threadId);
    const inherited = isLimited ? visibilityIn(overlay) : overlay?.sourceVisibility;
    sourceVisibility = inherited ?? sourceVisibility;
    visibility = overlay?.visibility ?? inherited ?? visibility;
  }
  // A thread that inherits only the public view cannot reveal more than that.
  if (stretch.limited && sourceVisibility !== 'visible') visibility = sourceVisibility;
  return { row: { ...row, replacedById, visibility }, stretch, sourceVisibility };
}
