/**
 * The views of a log: `current` is what people see, with each item's newest revision in the
 * original's place; `context` is what the model gets; `log` is every row.
 */
import type { ItemRow, ThreadRow } from '../../records/tables.ts';
import { errorPartType } from '../../shared/parts.ts';
import { neutralError } from '../../shared/run-failure.ts';
import { isOwner, mayReadLog, seesAll } from '../access/authorize.ts';
import { mayDerive } from '../access/may-derive.ts';
import type { Member } from '../base/member.ts';
import type { Core, Visiting } from '../base/core.ts';
import { isObject, type TaggedJson } from '../../shared/json.ts';
import { amendRows } from './amend-rows.ts';
import { decideMarks } from './decide-marks.ts';
import type { LogRow } from './item-log.ts';
import { newestRevision } from './item-family.ts';

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
  { core, principal }: Visiting,
  head: ThreadRow,
  view: View,
  rows: readonly LogRow[],
): Promise<(ShownRow | undefined)[]> {
  const viewer = { principal, head, view };
  const found = await resolveRows(core, head, view, rows);
  const resolved = await decideFor(core, viewer, found);
  return resolved.map(({ logRow, shown }) =>
    isInView(viewer, logRow, shown)
      ? { original: logRow.row, shown: asShown(viewer, logRow, shown) }
      : undefined,
  );
}

/**
 * A row of the view with the errors that its reader may read: a model reads none, and the words of
 * a provider are for the owner of the thread that the item comes from.
 */
export function asShown({ principal, head, view }: Viewer, logRow: LogRow, row: ItemRow): ItemRow {
  if (view === 'context') return withoutErrors(row);
  return isOwner(principal, head) && !logRow.stretch.limited ? row : withNeutralErrors(row);
}

/** The reader of a thread and the view it wants. */
interface Viewer {
  readonly principal: Member;
  readonly head: ThreadRow;
  readonly view: View;
}

function withoutErrors(row: ItemRow): ItemRow {
  if (row.parts.every(({ type }) => type !== errorPartType)) return row;
  return { ...row, parts: row.parts.filter(({ type }) => type !== errorPartType) };
}

/** What users have written themselves stays as it is. */
export function withNeutralErrors(row: ItemRow): ItemRow {
  if (row.role === 'user' || row.parts.every(({ type }) => type !== errorPartType)) return row;
  return { ...row, parts: row.parts.map(withNeutralError) };
}

export function withNeutralError<P extends TaggedJson>(part: P): P {
  if (part.type !== errorPartType) return part;
  const { code, retryable } = isObject(part.data) ? part.data : {};
  const told = typeof code === 'string' ? code : '';
  const error = { code: told, message: '', retryable: Boolean(retryable) };
  return { ...part, data: { ...neutralError(error) } };
}

interface ResolvedRow {
  readonly logRow: LogRow;
  readonly shown: ItemRow;
}

/**
 * The owner of an assistant's thread sees everything but what a limited stretch keeps from it: for
 * it nothing is to decide.
 */
async function decideFor(
  core: Core,
  { principal, head }: Viewer,
  resolved: readonly ResolvedRow[],
): Promise<readonly ResolvedRow[]> {
  const isLimited = resolved.some(({ logRow }) => logRow.stretch.limited);
  if (seesAll(principal, head) && !isLimited) return resolved;
  const decided = await decideMarks(
    core,
    head,
    resolved.map(({ shown }) => shown),
  );
  return resolved.map(({ logRow }, i) => ({ logRow, shown: decided[i]! })); // a row for each row
}

async function resolveRows(
  { records }: Core,
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
function inPlaceOf({ visibility, annotations }: ItemRow, revision: ItemRow): ItemRow {
  return { ...revision, visibility, replacedById: undefined, annotations };
}

/**
 * What is shown in place of each row, for any reader: the thread's newest revision, or the item
 * itself.
 */
export async function shownRevisions(
  core: Core,
  head: ThreadRow,
  rows: readonly LogRow[],
): Promise<ItemRow[]> {
  const resolved = await resolveRows(core, head, 'current', rows);
  return resolved.map(({ shown }) => shown);
}

/** Whether a view contains a row, given what is shown in its place. */
export function isInView(viewer: Viewer, logRow: LogRow, shown: ItemRow): boolean {
  const { principal, head, view } = viewer;
  const { row, stretch, sourceVisibility = row.visibility } = logRow;
  if (!mayDerive(shown, { principal, head, isLimited: stretch.limited }, row)) return false;
  if (stretch.limited && sourceVisibility !== 'visible') return false;
  if (view === 'log' && !stretch.limited) return true;
  if (row.originalId !== undefined) return false; // it is shown in its original's place
  if (view === 'log') return true;
  if (view === 'context') {
    if (shown.visibility === 'archived' || shown.redactedAt !== undefined) return false;
    if (shown.visibility === 'hidden' && !mayReadLog(principal)) return false;
    return shown.parts.some(({ type }) => type !== errorPartType);
  }
  return shown.visibility === 'visible';
}
