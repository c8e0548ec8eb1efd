/**
 * The views of a log: `current` is what people see, each item as its newest revision in the original's
 * place; `context` is what the model gets; `log` is every row.
 */
import type { Records } from '../../records/records.ts';
import { items, type ItemRow, type ThreadRow } from '../../records/tables.ts';
import { isOwner } from '../access/authorize.ts';
import type { Principal } from '../access/principal.ts';
import { amendRows } from './amend-rows.ts';
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
  const resolved: ResolvedRow[] = [];
  for (const logRow of await amendRows(records, head, rows)) {
    const { row, stretch } = logRow;
    const isRowItself = view === 'log' && !stretch.limited;
    const revision = isRowItself ? undefined : await newestRevision(records, head, logRow);
    resolved.push({ logRow, shown: revision ? { ...revision, visibility: row.visibility } : row });
  }
  return resolved;
}

/** What each place shows, whoever looks: the newest revision that this thread has, or the item itself. */
export async function shownInPlaces(
  records: Records,
  head: ThreadRow,
  rows: readonly LogRow[],
): Promise<ItemRow[]> {
  const resolved = await resolveRows(records, head, 'current', rows);
  return resolved.map(({ shown }) => shown);
}

/** The newest revision of an item that the thread has; `row` is as the thread sees it. */
export async function newestRevision(
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
  { row, stretch, sourceVisibility = row.visibility }: LogRow,
  shown: ItemRow,
): boolean {
  if (!maySeePrivate(principal, head, stretch, row, shown)) return false;
  if (stretch.limited && sourceVisibility !== 'visible') return false;
  if (view === 'log' && !stretch.limited) return true;
  if (row.originalId !== undefined) return false; // it stands in its original's place
  if (view === 'log') return true;
  if (view === 'context') {
    return shown.visibility !== 'archived' && shown.redactedAt === undefined;
  }
  return shown.visibility === 'visible';
}

/** Private items are for the thread's owner and their author alone, also when the owner has edited them. */
function maySeePrivate(
  principal: Principal,
  head: ThreadRow,
  stretch: Stretch,
  row: ItemRow,
  shown: ItemRow,
): boolean {
  if (!shown.private) return true;
  if (isOwner(principal, head) && !stretch.limited) return true;
  const { userId } = principal;
  return userId !== undefined && (row.authorId === userId || shown.authorId === userId);
}
