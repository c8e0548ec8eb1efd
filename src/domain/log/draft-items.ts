import { put } from '../../records/records.ts';
import { overlays, type Annotations, type ItemRow, type OverlayRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import type { ItemId } from '../../shared/ids.ts';
import type { Drafting } from '../base/core.ts';
import { amendRows, withOverlay, type Amendment } from './amend-rows.ts';
import { decideMarks } from './decide-marks.ts';
import { findItem, type LogRow } from './item-log.ts';
import { newestRevision } from './item-family.ts';

/** An item of the thread, with the draft's changes. */
export async function findInDraft(drafting: Drafting, id: ItemId): Promise<ItemRow | undefined> {
  const { core, draft } = drafting;
  const pending = draft.findItem(id);
  if (pending !== undefined) return pending;
  const found = await findItem(core.records, draft.head, id);
  if (found === undefined) return undefined;
  return (await asDrafted(drafting, found)).row;
}

/** What is shown of an item, unless it was redacted. */
export async function newestInDraft(
  drafting: Drafting,
  id: ItemId | undefined,
): Promise<ItemRow | undefined> {
  const row = id && (await findInDraft(drafting, id));
  const original = row?.originalId ? await findInDraft(drafting, row.originalId) : row;
  if (!original || original.redactedAt !== undefined) return undefined;
  const { replacedById } = original;
  const newest = replacedById ? await findInDraft(drafting, replacedById) : original;
  return newest?.redactedAt === undefined ? newest : undefined;
}

/** A row of the log, with the draft's changes. */
export async function asDrafted({ core, draft }: Drafting, logRow: LogRow): Promise<LogRow> {
  const [amended] = await amendRows(core.records, draft.head, [logRow]);
  return withPending(draft, amended!); // one row in, one row out
}

/** What is shown to everybody in place of these rows, with the draft's changes. */
export async function shownInDraft(
  { core, draft }: Drafting,
  rows: readonly LogRow[],
): Promise<readonly ItemRow[]> {
  const amended = await amendRows(core.records, draft.head, rows);
  const shown: ItemRow[] = [];
  for (const logRow of amended) {
    const drafted = withPending(draft, logRow);
    const { replacedById, visibility } = drafted.row;
    const pending = replacedById === undefined ? undefined : draft.findItem(replacedById);
    const newest = pending ?? (await newestRevision(core.records, draft.head, drafted));
    const current = newest && (draft.findItem(newest.id) ?? newest);
    shown.push(current ? { ...current, visibility } : drafted.row);
  }
  return decideMarks(core, draft.head, shown);
}

/** Amends an inherited item, whose row in the fork's source stays unchanged. */
export async function putOverlay(
  drafting: Drafting,
  itemId: ItemId,
  amendment: Amendment,
): Promise<void> {
  const { draft } = drafting;
  await mergeOverlay(drafting, itemId, amendment);
  draft.head = { ...draft.head, overlaid: true };
}

async function mergeOverlay(
  drafting: Drafting,
  itemId: ItemId,
  amendment: Amendment,
): Promise<void> {
  const { draft } = drafting;
  const own = await findOverlay(drafting, itemId);
  draft.put(put(overlays, { ...own, threadId: draft.head.id, itemId, ...amendment }));
}

/**
 * Sets what people have attached to an item, which is its original, as the draft has it. The caller
 * adds the change, with which the version rises.
 */
export async function annotate(
  drafting: Drafting,
  row: ItemRow,
  annotations: { readonly [Name in keyof Annotations]: Annotations[Name] | undefined },
): Promise<void> {
  const { draft } = drafting;
  const given = Object.entries(annotations).filter(([, value]) => value !== undefined);
  const attached = { annotations: given.length > 0 ? Object.fromEntries(given) : undefined };
  if (row.threadId === draft.head.id) return draft.rewriteItem({ ...row, ...attached }, row);
  await mergeOverlay(drafting, row.id, attached);
  if (!draft.head.overlaid) draft.head = { ...draft.head, overlaid: true };
}

/** The thread's own amendment of an inherited item, with the draft's changes. */
export async function findOverlay(
  { core, draft }: Drafting,
  itemId: ItemId,
): Promise<OverlayRow | undefined> {
  const key = [draft.head.id, itemId];
  return draft.findPut(overlays, key) ?? (await core.records.get(overlays, key));
}

function withPending(draft: ThreadDraft, logRow: LogRow): LogRow {
  const { row } = logRow;
  if (row.threadId === draft.head.id) return { ...logRow, row: draft.findItem(row.id) ?? row };
  const threadId = draft.head.id;
  const own = draft.findPut(overlays, [threadId, row.id]);
  const original = draft.findPut(overlays, [threadId, row.originalId ?? row.id]);
  const visibility = original?.visibility;
  return {
    ...logRow,
    row: withOverlay(row, { ...own, ...(visibility !== undefined && { visibility }) }),
  };
}
