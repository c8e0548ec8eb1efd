import { invalid } from '../../shared/error.ts';
import { parseItemId } from '../../shared/ids.ts';
import type { ItemRow } from '../../records/tables.ts';
import type { Drafting } from '../base/core.ts';
import { findInDraft } from '../log/draft-items.ts';

export async function mustUnredactedItem(
  drafting: Drafting,
  text: string,
  path: string,
): Promise<ItemRow> {
  const id = parseItemId(text);
  const row = id && (await findInDraft(drafting, id));
  if (!row || row.redactedAt !== undefined) throw invalid(path, 'is not an item of this thread');
  return row;
}
