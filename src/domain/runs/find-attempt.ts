import { runs, type RunRow } from '../../records/tables.ts';
import type { ItemId } from '../../shared/ids.ts';
import type { Drafting } from '../base/core.ts';
import { findRun } from './run-rows.ts';

export async function findNewestAttempt(
  drafting: Drafting,
  inputItemId: ItemId,
): Promise<RunRow | undefined> {
  const { core, draft } = drafting;
  const prefix = [draft.head.id, inputItemId];
  const [row] = await core.records.scan(runs, {
    index: 'byInput',
    prefix,
    reverse: true,
    limit: 1,
  });
  return row && findRun(drafting, row.id);
}
