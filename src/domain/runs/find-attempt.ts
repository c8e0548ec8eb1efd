import { runs, type RunRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import type { ItemId } from '../../shared/ids.ts';
import type { Core } from '../base/core.ts';
import { findRun } from './run-rows.ts';

export async function findNewestAttempt(
  core: Core,
  draft: ThreadDraft,
  inputItemId: ItemId,
): Promise<RunRow | undefined> {
  const prefix = [draft.head.id, inputItemId];
  const [row] = await core.records.scan(runs, {
    index: 'byInput',
    prefix,
    reverse: true,
    limit: 1,
  });
  return row && findRun(core, draft, row.id);
}
