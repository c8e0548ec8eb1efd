import type { ThreadDraft } from '../../records/thread-draft.ts';
import type { ItemRow } from '../../records/tables.ts';
import type { Core } from '../core.ts';
import { isPreviewable, noPreview, previewOf } from '../threads/preview.ts';
import { scanLog, type LogRow } from './item-log.ts';
import { shownInPlace } from './item-view.ts';

/** How far back a preview is looked for: past this many rows that nobody sees, there is none. */
const rowsScannedMax = 100;

/** Finds the preview anew after an item that people saw was hidden, shown again or redacted. */
export async function refreshPreview(core: Core, draft: ThreadDraft): Promise<void> {
  const { head } = draft;
  const logged = await scanLog(core.records, head, { reverse: true, limit: rowsScannedMax });
  const pending = draft.appended.toReversed().map((row) => asOwnRow(draft, row));
  for (const logRow of [...pending, ...logged]) {
    const current = { ...logRow, row: draft.findItem(logRow.row.id) ?? logRow.row };
    if (current.row.originalId !== undefined) continue;
    const shown = await shownInDraft(core, draft, current);
    if (!isPreviewable(shown)) continue;
    draft.head = { ...draft.head, ...previewOf(shown) };
    return;
  }
  draft.head = { ...draft.head, ...noPreview };
}

async function shownInDraft(core: Core, draft: ThreadDraft, logRow: LogRow): Promise<ItemRow> {
  const { replacedById } = logRow.row;
  const pending = replacedById === undefined ? undefined : draft.findItem(replacedById);
  if (pending) return pending;
  const shown = await shownInPlace(core.records, draft.head, logRow);
  return draft.findItem(shown.id) ?? shown;
}

function asOwnRow(draft: ThreadDraft, row: ItemRow): LogRow {
  return { row, stretch: { threadId: draft.head.id, limited: false } };
}
