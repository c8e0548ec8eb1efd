import { deletion } from '../../records/records.ts';
import { inbox, type InboxRow } from '../../records/tables.ts';
import type { Core } from '../base/core.ts';

/** About how many entries a user has, at most: the newest. */
const entriesKept = 1000;

/**
 * Deletes what is beyond the bound, at every thirtieth entry or so: to count at each of them would
 * read a thousand rows for one.
 */
export async function trimInbox(core: Core, added: readonly InboxRow[]): Promise<void> {
  const [first] = added;
  if (first === undefined || !added.some(isTurn)) return;
  const prefix = [first.projectId, first.userId];
  const newest = await core.records.scan(inbox, { prefix, reverse: true, limit: entriesKept });
  const last = newest.at(-1);
  if (last === undefined || newest.length < entriesKept) return;
  for (;;) {
    const old = await core.records.scan(inbox, { prefix, before: [last.id], limit: 100 });
    const deletes = old.map((row) => deletion(inbox, [row.projectId, row.userId, row.id]));
    if (deletes.length > 0) await core.records.commit({ deletes });
    if (old.length < 100) return;
  }
}

/** The last digits of an id are by chance. */
function isTurn({ id }: InboxRow): boolean {
  return Number.parseInt(id.slice(34, 36), 16) % 32 === 0;
}
