/**
 * The views of a log: `current` is what people see, with each item's newest revision in the
 * original's place; `context` is what the model gets; `log` is every row.
 */
import type { Records } from '../../records/records.ts';
import type { ItemRow, ThreadRow } from '../../records/tables.ts';
import { errorPartType } from '../../shared/parts.ts';
import { isOwner } from '../access/authorize.ts';
import type { Principal } from '../../api/principal.ts';
import type { Reading } from '../base/core.ts';
import { amendRows } from './amend-rows.ts';
import type { LogRow } from './item-log.ts';
import { newestRevision } from './newest-revision.ts';

export type View = 'current' | 'log' | 'context';

/** A row of the log and what is shown in its place: itself or its newest revision. */
export interface ShownRow {
  /** The row that has the place in the log: for a revision, the original. */
  readonly original: ItemRow;
  readonly shown: ItemRow;
}

/**
 * What the view shows this reader for each row: `undefined` if it omits the row. Reads revisions
 * and overlays as needed.
 */
export async function viewRows(
  { core, principal }: Reading,
  head: ThreadRow,
  view: View,
  rows: readonly LogRow[],
): Promise<(ShownRow | undefined)[]> {
  const viewer = { principal, head, view };
  const resolved = await resolveRows(core.records, head, view, rows);
  return resolved.map(({ logRow, shown }) =>
    isInView(viewer, logRow, shown)
      ? { original: logRow.row, shown: view === 'context' ? withoutErrors(shown) : shown }
      : undefined,
  );
}

/** The reader of a thread and the view it wants. */
interface Viewer {
  readonly principal: Principal;
  readonly head: ThreadRow;
  readonly view: View;
}

function withoutErrors(row: ItemRow): ItemRow {
  if (row.parts.every(({ type }) => type !== errorPartType)) return row;
  return { ...row, parts: row.parts.filter(({ type }) => type !== errorPartType) };
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
  const resolved: ResolvedRow[] = [];
  for (const logRow of await amendRows(records, head, rows)) {
    const { row, stretch } = logRow;
    const isRowItself = view === 'log' && !stretch.limited;
    // Most items were never edited, and waiting for each of them would cost more than the rest of a
    // page.
    const isRevised = row.replacedById !== undefined && !isRowItself;
    const revision = isRevised ? await newestRevision(records, head, logRow) : undefined;
    resolved.push({ logRow, shown: revision ? inPlaceOf(row, revision) : row });
  }
  return resolved;
}

/** What followed the revision came after a fork and belongs to another thread. */
function inPlaceOf({ visibility }: ItemRow, revision: ItemRow): ItemRow {
  return { ...revision, visibility, replacedById: undefined };
}

/**
 * What is shown in place of each row, for any reader: the thread's newest revision, or the item
 * itself.
 */
export async function shownRevisions(
  records: Records,
  head: ThreadRow,
  rows: readonly LogRow[],
): Promise<ItemRow[]> {
  const resolved = await resolveRows(records, head, 'current', rows);
  return resolved.map(({ shown }) => shown);
}

/** Whether a view contains a row, given what is shown in its place. */
export function isInView(viewer: Viewer, logRow: LogRow, shown: ItemRow): boolean {
  const { view } = viewer;
  const { row, stretch, sourceVisibility = row.visibility } = logRow;
  if (shown.private && !maySeePrivate(viewer, logRow, shown)) return false;
  if (stretch.limited && sourceVisibility !== 'visible') return false;
  if (view === 'log' && !stretch.limited) return true;
  if (row.originalId !== undefined) return false; // it is shown in its original's place
  if (view === 'log') return true;
  if (view === 'context') {
    if (shown.visibility === 'archived' || shown.redactedAt !== undefined) return false;
    return shown.parts.some(({ type }) => type !== errorPartType);
  }
  return shown.visibility === 'visible';
}

/**
 * Private items are visible only to the thread's owner and their author, even after an edit by the
 * owner.
 */
function maySeePrivate(
  { principal, head }: Viewer,
  { row, stretch }: LogRow,
  shown: ItemRow,
): boolean {
  if (isOwner(principal, head) && !stretch.limited) return true;
  const { userId } = principal;
  return userId !== undefined && (row.authorId === userId || shown.authorId === userId);
}
