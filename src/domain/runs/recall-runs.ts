import type { RunRow } from '../../records/tables.ts';
import type { ItemId } from '../../shared/ids.ts';
import type { Drafting } from '../base/core.ts';
import { appendPrepared } from '../items/append-items.ts';
import { findInDraft } from '../log/draft-items.ts';
import type { Begun, Starting } from './run-request.ts';
import { findNewestAttempt, findRun } from './run-rows.ts';

/** What a repeated call needs: the ids of the items and, after a slash, of the runs. */
export function idsOfBegun({ items, rows }: Begun): readonly string[] {
  return [...items.map(({ id }) => id), '/', ...rows.map(({ id }) => id)];
}

export async function recallBegun(drafting: Drafting, ids: readonly string[]): Promise<Begun> {
  const slash = ids.indexOf('/');
  // In the form of `idsOfBegun`.
  const itemIds = ids.slice(0, slash) as ItemId[];
  const items = await Promise.all(itemIds.map((id) => findInDraft(drafting, id)));
  const rows = await Promise.all(ids.slice(slash + 1).map((id) => findRun(drafting, id)));
  return {
    items: items.filter((row) => row !== undefined),
    rows: rows.filter((row) => row !== undefined),
    answers: [],
    replayed: true,
  };
}

/**
 * The run that already answers the input, if all of its items were stored before under their keys.
 */
export async function recallByKeys(starting: Starting): Promise<Begun | undefined> {
  const { prepared, draft } = starting;
  if (prepared.length === 0 || prepared.some(({ content }) => content.key === undefined)) {
    return undefined;
  }
  const savepoint = draft.savepoint();
  const { rows: items, replayed } = await appendPrepared(starting, prepared);
  // `prepared` is not empty.
  const earlier = replayed && (await findStanding(starting, items.at(-1)!.id));
  draft.rollback(savepoint);
  return earlier ? { items, rows: [earlier], answers: [], replayed: true } : undefined;
}

/** The run that answers an item, unless it failed or was stopped. */
async function findStanding(drafting: Drafting, inputId: ItemId): Promise<RunRow | undefined> {
  const newest = await findNewestAttempt(drafting, inputId);
  return newest?.status === 'failed' || newest?.status === 'cancelled' ? undefined : newest;
}
