/**
 * The views of a log: `current` is what people see, each item as its newest revision in the original's
 * place; `context` is what the model gets; `log` is every row.
 */
import type { Key, Records } from '../../records/records.ts';
import { items, overlays } from '../../records/tables.ts';
import type { ItemRow, OverlayRow, ThreadRow } from '../../records/tables.ts';
import type { ThreadId } from '../../shared/ids.ts';
import { isOwner } from '../access/authorize.ts';
import type { Principal } from '../access/principal.ts';
import { scanLog, stretchOf, type LogRow, type Stretch } from './item-log.ts';

export type View = 'current' | 'log' | 'context';

/** A row of the log and what stands in its place: itself, or its newest revision. */
export interface ShownRow {
  /** Whose place in the log it has. */
  readonly place: ItemRow;
  readonly shown: ItemRow;
}

/** What the view has for each row, for this reader: `undefined` where it leaves the row out. Reads revisions and overlays as needed. */
export async function viewRows(
  records: Records,
  principal: Principal,
  head: ThreadRow,
  view: View,
  rows: readonly LogRow[],
): Promise<(ShownRow | undefined)[]> {
  const resolved = await resolveRows(records, head, view, rows);
  return resolved.map(({ logRow, shown }) =>
    isInView(principal, head, view, logRow, shown) ? { place: logRow.row, shown } : undefined,
  );
}

interface ResolvedRow {
  readonly logRow: LogRow;
  readonly shown: ItemRow;
}

async function resolveRows(
  records: Records,
  head: ThreadRow,
  view: View,
  rows: readonly LogRow[],
): Promise<ResolvedRow[]> {
  const overlaid = await readOverlays(records, head, rows);
  const resolved: ResolvedRow[] = [];
  for (const logRow of rows) {
    const row = withOverlay(logRow.row, overlaid.get(logRow.row.id));
    const effective = { ...logRow, row };
    const shownView = logRow.stretch.limited ? 'current' : view;
    const revision =
      shownView === 'log' ? undefined : await newestRevision(records, head, effective);
    resolved.push({ logRow: effective, shown: revision ?? row });
  }
  return resolved;
}

/** What an item's place shows: its newest revision that this thread has, or itself. */
export async function shownInPlace(
  records: Records,
  head: ThreadRow,
  logRow: LogRow,
): Promise<ItemRow> {
  const [resolved] = await resolveRows(records, head, 'current', [logRow]);
  return resolved!.shown; // one row in, one row out
}

async function newestRevision(
  records: Records,
  head: ThreadRow,
  { row, stretch }: LogRow,
): Promise<ItemRow | undefined> {
  const { replacedById } = row;
  if (replacedById === undefined) return undefined;
  const at = stretchOf(head, replacedById);
  const isInherited = stretch.through !== undefined && at.threadId !== stretch.threadId;
  const newest = await records.get(items, [at.threadId, replacedById]);
  if (newest !== undefined) return newest;
  // The source was edited after the fork: the fork keeps the newest revision from before.
  if (!isInherited) return undefined;
  const [before] = await scanLog(records, head, {
    index: { name: 'byOriginal', value: row.id },
    reverse: true,
    limit: 1,
  });
  return before?.row;
}

/** Whether a view has a row, given what stands in its place. */
export function isInView(
  principal: Principal,
  head: ThreadRow,
  view: View,
  { row, stretch }: LogRow,
  shown: ItemRow,
): boolean {
  if (!maySeePrivate(principal, head, shown, stretch)) return false;
  if (stretch.limited && shown.visibility !== 'visible') return false;
  if (view === 'log' && !stretch.limited) return true;
  if (row.originalId !== undefined) return false; // it stands in its original's place
  if (view === 'context') {
    return shown.visibility !== 'archived' && shown.redactedAt === undefined;
  }
  return shown.visibility === 'visible';
}

/** Private items are for the thread's owner and their author alone. */
function maySeePrivate(
  principal: Principal,
  head: ThreadRow,
  shown: ItemRow,
  stretch: Stretch,
): boolean {
  if (!shown.private) return true;
  if (isOwner(principal, head) && !stretch.limited) return true;
  return principal.userId !== undefined && shown.authorId === principal.userId;
}

/** What the forks between an inherited item and this thread amended of it; the nearest one counts. */
async function readOverlays(
  records: Records,
  head: ThreadRow,
  rows: readonly LogRow[],
): Promise<ReadonlyMap<string, OverlayRow>> {
  const found = new Map<string, OverlayRow>();
  const lineage = head.lineage ?? [];
  if (!head.overlaid && !lineage.some(({ overlaid }) => overlaid)) return found;
  const amending = [...lineage, { threadId: head.id, overlaid: head.overlaid }];
  const keys: Key[] = [];
  for (const { row } of rows) {
    const home = amending.findIndex(({ threadId }) => threadId === row.threadId);
    for (const { threadId, overlaid } of amending.slice(home + 1)) {
      if (overlaid) keys.push([threadId, row.id]);
    }
  }
  // In the order of the lineage, so that the nearest overlay is set last.
  for (const overlay of await records.getExisting(overlays, keys)) {
    found.set(overlay.itemId, {
      ...found.get(overlay.itemId),
      ...definedOf(overlay, head, overlay.threadId),
    });
  }
  return found;
}

/** An overlay as this thread sees it: an edit that came after the fork is none of its own. */
function definedOf(overlay: OverlayRow, head: ThreadRow, threadId: ThreadId): OverlayRow {
  const through = head.lineage?.find((ancestor) => ancestor.threadId === threadId)?.itemId;
  const { replacedById, visibility } = overlay;
  const isLater = through !== undefined && replacedById !== undefined && replacedById > through;
  return {
    threadId,
    itemId: overlay.itemId,
    ...(replacedById !== undefined && !isLater && { replacedById }),
    ...(visibility !== undefined && { visibility }),
  };
}

function withOverlay(row: ItemRow, overlay: OverlayRow | undefined): ItemRow {
  if (overlay === undefined) return row;
  const { replacedById = row.replacedById, visibility = row.visibility } = overlay;
  return { ...row, replacedById, visibility };
}
