import { inboxIdsMax, type InboxState, type SeenMarks } from '../../api/inbox.ts';
import { expectVersion, put } from '../../records/records.ts';
import { inbox, type InboxRow } from '../../records/tables.ts';
import { invalid } from '../../shared/error.ts';
import { mustTime } from '../../shared/iso-time.ts';
import { retryConflicts } from '../../shared/retry-conflicts.ts';
import { mustKnownKeys, mustShortTexts } from '../../shared/validate.ts';
import { mustUserId } from '../access/authorize.ts';
import type { Reading } from '../base/core.ts';
import { countUnseen } from './list-inbox.ts';

/** See `InboxApi.markSeen`. */
export async function markSeen(reading: Reading, marks: SeenMarks): Promise<InboxState> {
  mustUserId(reading.principal);
  mustKnownKeys(marks, knownKeys, '');
  const { ids, before } = marks;
  if ((ids === undefined) === (before === undefined)) {
    throw invalid('', 'must have either ids or before');
  }
  if (ids !== undefined) await markIds(reading, mustShortTexts(ids, 'ids'));
  else await markBefore(reading, mustTime(before, 'before'));
  return { unseen: await countUnseen(reading) };
}

const knownKeys: ReadonlySet<string> = new Set<keyof SeenMarks>(['ids', 'before']);

function markIds(reading: Reading, ids: readonly string[]): Promise<unknown> {
  const { core, principal } = reading;
  const keys = [...new Set(ids)].map((id) => [principal.projectId, principal.userId!, id]);
  return markRows(reading, () => core.records.getExisting(inbox, keys));
}

/** In steps: about a thousand entries are kept. */
async function markBefore(reading: Reading, beforeMs: number): Promise<void> {
  const { core, principal } = reading;
  const range = {
    index: 'byUnseen',
    prefix: [principal.projectId, principal.userId!], // the caller has one
    before: [beforeMs],
    limit: inboxIdsMax,
  };
  for (let step = 0; step < stepsMax; step++) {
    const marked = await markRows(reading, () => core.records.scan(inbox, range));
    if (marked < inboxIdsMax) return;
  }
}

const stepsMax = 50;

/** Marks those of these rows that are unseen, guarded, since a sweep may delete them meanwhile. */
function markRows({ core }: Reading, read: () => Promise<InboxRow[]>): Promise<number> {
  return retryConflicts(async () => {
    const rows = (await read()).filter(({ unseenAt }) => unseenAt !== undefined);
    if (rows.length === 0) return 0;
    const seenAt = core.clock();
    await core.records.commit({
      puts: rows.map((row) => put(inbox, seenRow(row, seenAt), row)),
      expects: rows.map((row) => {
        return expectVersion(inbox, [row.projectId, row.userId, row.id], row.version);
      }),
    });
    return rows.length;
  });
}

function seenRow(row: InboxRow, seenAt: number): InboxRow {
  return { ...row, unseenAt: undefined, seenAt, version: row.version + 1 };
}
