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
import type { ItemId, StoredThreadId } from '../../shared/ids.ts';
import { stretchOf, type LogRow } from './item-log.ts';
import { newestRevision } from './item-family.ts';

/** A thread of the lineage, oldest first, ending with the thread itself. */
interface Amender {
  readonly threadId: StoredThreadId;
  /** Only its public view is inherited (`Ancestor.limited`). */
  readonly isLimited: boolean;
  readonly isOverlaid: boolean;
}

/**
 * The rows as this thread sees them. Its own rows are unchanged; what people have attached to an
 * inherited one is the thread's own, too.
 */
export async function amendRows(
  records: Records,
  head: ThreadRow,
  rows: readonly LogRow[],
): Promise<readonly LogRow[]> {
  if (head.lineage === undefined) return rows;
  const overlaysOf = await readOverlays(records, head, rows);
  const seen: LogRow[] = [];
  for (const logRow of rows) {
    const own = withOwnAnnotations(head, logRow, overlaysOf);
    const amendedRow = overlaysOf === undefined ? own : amended(own, overlaysOf);
    const isLater = isEditedAfterFork(amendedRow);
    seen.push(isLater ? await withoutLater(records, head, amendedRow) : amendedRow);
  }
  return seen;
}

/** What others have attached to an item in the thread that it comes from is not for this one. */
function withOwnAnnotations(
  { id }: ThreadRow,
  logRow: LogRow,
  overlaysOf: OverlaysOf | undefined,
): LogRow {
  const { row } = logRow;
  if (row.threadId === id) return logRow;
  const own = overlaysOf?.(row.id).find(({ overlay }) => overlay.threadId === id)?.overlay;
  const annotations = own?.annotations;
  if (annotations === row.annotations) return logRow; // most have none
  return { ...logRow, row: { ...row, annotations } };
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
  const { annotations } = 'annotations' in overlay ? overlay : row;
  return { ...row, replacedById, visibility, annotations };
}

/** The visibility that an overlay gives an item; `undefined` if it does not set one. */
export function visibilityIn(overlay: OverlayRow | undefined): string | undefined {
  const { visibility, sourceVisibility } = overlay ?? {};
  const isSealed = sourceVisibility !== undefined && sourceVisibility !== 'visible';
  return isSealed ? sourceVisibility : (visibility ?? sourceVisibility);
}

export type Amendment = Pick<OverlayRow, 'replacedById' | 'visibility' | 'annotations'>;

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

/** The overlays of an item on the way from its home to the thread, oldest first. */
type OverlaysOf = (itemId: ItemId) => readonly PassedOverlay[];

interface PassedOverlay {
  readonly overlay: OverlayRow;
  /** See `Amender.isLimited`. */
  readonly isLimited: boolean;
}

/** `undefined` if no thread on the way has overlays. */
async function readOverlays(
  records: Records,
  head: ThreadRow,
  rows: readonly LogRow[],
): Promise<OverlaysOf | undefined> {
  const amenders = await amendersOf(records, head);
  if (!amenders.some(({ isOverlaid }) => isOverlaid)) return undefined;
  const itemIds = new Set(rows.flatMap(({ row }) => [row.id, row.originalId ?? row.id]));
  const keys: Key[] = [];
  for (const itemId of itemIds) {
    for (const { threadId, isOverlaid } of amendersAfter(head, amenders, itemId)) {
      if (isOverlaid) keys.push([threadId, itemId]);
    }
  }
  const found = Map.groupBy(await records.getExisting(overlays, keys), ({ itemId }) => itemId);
  return (itemId) => {
    const ofItem = found.get(itemId) ?? [];
    return amenders.flatMap(({ threadId, isLimited }) => {
      const overlay = ofItem.find((row) => row.threadId === threadId);
      return overlay === undefined ? [] : [{ overlay, isLimited }];
    });
  };
}

function amendersAfter(
  head: ThreadRow,
  amenders: readonly Amender[],
  itemId: string,
): readonly Amender[] {
  const home = stretchOf(head, itemId).threadId;
  return amenders.slice(amenders.findIndex(({ threadId }) => threadId === home) + 1);
}

function amended({ row, stretch }: LogRow, overlaysOf: OverlaysOf): LogRow {
  const replacements = overlaysOf(row.id).map(({ overlay }) => overlay.replacedById);
  const replacedById = replacements.findLast((id) => id !== undefined) ?? row.replacedById;
  const passed = overlaysOf(row.originalId ?? row.id);
  const { visibility, sourceVisibility } = visibilityAfter(passed, row.visibility);
  // A thread that inherits only the public view cannot reveal more than that.
  const isSealed = stretch.limited && sourceVisibility !== 'visible';
  const seen = { replacedById, visibility: isSealed ? sourceVisibility : visibility };
  return { row: { ...row, ...seen }, stretch, sourceVisibility };
}

/** What each overlay in turn makes of a visibility, and of the one that the source alone gives. */
function visibilityAfter(
  passed: readonly PassedOverlay[],
  first: string,
): { readonly visibility: string; readonly sourceVisibility: string } {
  let visibility = first;
  let sourceVisibility = first;
  for (const { overlay, isLimited } of passed) {
    const inherited = isLimited ? visibilityIn(overlay) : overlay.sourceVisibility;
    sourceVisibility = inherited ?? sourceVisibility;
    visibility = overlay.visibility ?? inherited ?? visibility;
  }
  return { visibility, sourceVisibility };
}
