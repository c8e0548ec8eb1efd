import type { ItemRow, RunRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import type { ItemId } from '../../shared/ids.ts';
import type { Drafting } from '../base/core.ts';
import { appendPrepared } from '../items/append-items.ts';
import { findInDraft } from '../log/draft-items.ts';
import { findNewestAttempt } from './find-attempt.ts';
import type { Begun, Start } from './run-request.ts';
import { findRun } from './run-rows.ts';

/** What an earlier request under the same idempotency key began: the ids of items and, after a slash, of runs. */
export async function recall(drafting: Drafting, result: readonly string[]): Promise<Begun> {
  const slash = result.indexOf('/');
  const items = await Promise.all(
    // As `begin` remembered them.
    result.slice(0, slash).map((id) => findInDraft(drafting, id as ItemId)),
  );
  const rows = await Promise.all(result.slice(slash + 1).map((id) => findRun(drafting, id)));
  return {
    items: items.filter((row) => row !== undefined),
    rows: rows.filter((row) => row !== undefined),
    answers: [],
    replayed: true,
  };
}

/** The run that answers the input already, where all of its items were stored before under their keys. */
export async function recallByKeys(start: Start, draft: ThreadDraft): Promise<Begun | undefined> {
  const { core, principal, prepared } = start;
  if (prepared.length === 0 || prepared.some(({ content }) => content.key === undefined)) {
    return undefined;
  }
  const savepoint = draft.savepoint();
  const appended = await appendPrepared({ core, principal, draft }, prepared);
  const earlier = appended.replayed && (await findEarlier({ core, draft }, appended.rows));
  draft.rollback(savepoint);
  if (!earlier) return undefined;
  return { items: appended.rows, rows: [earlier], answers: [], replayed: true };
}

/** Of items that were all there already: the run that answers them, unless it failed or was stopped. */
async function findEarlier(
  drafting: Drafting,
  items: readonly ItemRow[],
): Promise<RunRow | undefined> {
  const newest = await findNewestAttempt(drafting, items.at(-1)!.id);
  return newest && newest.status !== 'failed' && newest.status !== 'cancelled' ? newest : undefined;
}

/** The answer of the attempt before, in whose place that of a retry under the same keys stands. */
export async function failedAnswer(
  start: Start,
  draft: ThreadDraft,
  input: ItemRow,
): Promise<ItemId | undefined> {
  const { core, replacesId, answers } = start;
  if (replacesId !== undefined || answers.length > 1) return undefined;
  const before = await findNewestAttempt({ core, draft }, input.id);
  if (before?.comparisonId !== undefined) return undefined; // what people vote on stays as it is
  const answer = before?.outputItemId && (await findInDraft({ core, draft }, before.outputItemId));
  const stands = answer && answer.redactedAt === undefined && answer.visibility !== 'archived';
  return stands ? answer.id : undefined;
}
