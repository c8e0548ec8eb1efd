import type { ThreadDraft } from '../../records/thread-draft.ts';
import type { ItemRow, TaskRow } from '../../records/tables.ts';
import type { Core, Drafting } from '../base/core.ts';
import { previewFrom, rowsPreviewedMax } from './preview.ts';
import { refreshTitle } from './refresh-title.ts';
import { shownInDraft } from '../log/draft-items.ts';
import { scanLog, type LogRow } from '../log/item-log.ts';
import { payForks } from '../forks/owe-forks.ts';

/**
 * Recomputes the preview and a derived title after a visible item was hidden, shown again or
 * redacted.
 */
export async function refreshPreview(drafting: Drafting): Promise<void> {
  const { core, draft } = drafting;
  const logged = await scanLog(core.records, draft.head, {
    reverse: true,
    limit: rowsPreviewedMax,
  });
  const pending = draft.appended.toReversed().map((row) => asOwnRow(draft, row));
  const originals = [...pending, ...logged]
    .slice(0, rowsPreviewedMax)
    .filter(({ row }) => row.originalId === undefined);
  draft.head = { ...draft.head, ...previewFrom(await shownInDraft(drafting, originals)) };
  await refreshTitle(drafting);
}

/**
 * The promised part for forks: an item hidden or shown in a thread is hidden or shown in its forks,
 * too.
 */
export async function refreshInForks(core: Core, task: TaskRow): Promise<void> {
  await payForks(core, task, async (draft, itemId) => {
    draft.addChange({ type: 'visibility', itemId });
    await refreshPreview({ core, draft });
  });
}

function asOwnRow(draft: ThreadDraft, row: ItemRow): LogRow {
  return { row, stretch: { threadId: draft.head.id, limited: false } };
}
