import { invalid } from '../../shared/error.ts';
import type { ItemId } from '../../shared/ids.ts';
import type { ItemRow } from '../../records/tables.ts';
import type { Appended } from '../items/append-items.ts';
import { findInDraft } from '../log/draft-items.ts';
import { scanLog } from '../log/item-log.ts';
import { viewRows } from '../log/item-view.ts';
import type { PreparedItem } from '../log/prepare-item.ts';
import type { Starting } from './run-request.ts';
import { mustAnswerable, mustUnredactedItem } from './run-rights.ts';
import { findNewestAttempt } from './run-rows.ts';

/** What runs must answer. */
export interface Question {
  readonly input: ItemRow;
  /** The item in whose place the answer will be shown. */
  readonly replacesId: string | undefined;
  /** That item is a failed answer, and the new one goes on from the results of its tools. */
  readonly isRetry: boolean;
  /** It was appended just now, so no run has answered it before. */
  readonly isNew: boolean;
}

/** The last item of the input or, without one, the thread's open question. */
export async function findQuestion(
  starting: Starting,
  { rows, replayed }: Appended,
): Promise<Question> {
  const { retriesId, replacesId = retriesId } = starting;
  const isRetry = retriesId !== undefined;
  const last = rows.at(-1);
  if (last === undefined) {
    return { input: await mustInput(starting, replacesId), replacesId, isRetry, isNew: false };
  }
  if (replayed) await mustAnswerable(starting, last, 'input');
  const isNew = !replayed;
  if (continuedItemId(starting.prepared) !== undefined) {
    const input = await mustInput(starting, last.id);
    return { input, replacesId: last.id, isRetry: false, isNew };
  }
  const failedId = isNew ? undefined : await failedAnswer(starting, last);
  const isFailed = failedId !== undefined;
  return { input: last, replacesId: failedId ?? replacesId, isRetry: isFailed, isNew };
}

/** The answer to continue, if users have added to it what it waited for, such as an approval. */
export function continuedItemId(prepared: readonly PreparedItem[]): ItemId | undefined {
  const content = prepared.at(-1)?.content;
  return content?.role === 'assistant' ? content.replacesId : undefined;
}

/** The named item, the one that the replaced answer answers, or the newest of a user. */
async function mustInput(starting: Starting, replacesId: string | undefined): Promise<ItemRow> {
  const { inputItemId } = starting;
  if (inputItemId !== undefined) {
    const named = await mustUnredactedItem(starting, inputItemId, 'inputItemId');
    return mustAnswerable(starting, named, 'inputItemId');
  }
  const replaced =
    replacesId === undefined
      ? undefined
      : await mustUnredactedItem(starting, replacesId, 'replacesId');
  if (replaced?.parentId !== undefined) {
    const asked = await mustUnredactedItem(starting, replaced.parentId, 'replacesId');
    return mustAnswerable(starting, asked, 'replacesId');
  }
  const newest = await findNewestOfUser(starting, replaced);
  if (newest === undefined)
    throw invalid('input', 'is missing, and the thread has no item to answer');
  return newest;
}

/** Searches the last items; for a replaced answer, those before it. */
async function findNewestOfUser(
  starting: Starting,
  replaced: ItemRow | undefined,
): Promise<ItemRow | undefined> {
  const { core, draft } = starting;
  const rows = await scanLog(core.records, draft.head, {
    reverse: true,
    limit: itemsLookedAtMax,
    ...(replaced && { before: replaced.originalId ?? replaced.id }),
  });
  const shown = await viewRows(starting, draft.head, 'context', rows);
  for (const row of shown) {
    if (row?.original.role !== 'user') continue;
    const drafted = await findInDraft(starting, row.original.id);
    if (drafted?.visibility !== 'archived') return drafted;
  }
  return undefined;
}

const itemsLookedAtMax = 100;

/**
 * The failed answer of the previous attempt, in whose place a retry with the same keys puts its
 * own.
 */
async function failedAnswer(starting: Starting, input: ItemRow): Promise<ItemId | undefined> {
  if (starting.replacesId !== undefined || starting.answers.length > 1) return undefined;
  const before = await findNewestAttempt(starting, input.id);
  // An answer in a comparison cannot be replaced.
  if (before?.comparisonId !== undefined) return undefined;
  const answer = before?.outputItemId && (await findInDraft(starting, before.outputItemId));
  const stands = answer && answer.redactedAt === undefined && answer.visibility !== 'archived';
  return stands ? answer.id : undefined;
}
