import type { Key, Records } from '../../records/records.ts';
import { checkpoints, type CheckpointLogRow, type CheckpointRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import { compareUtf8 } from '../../shared/bytes.ts';
import { checkpointStretchesOf, type CheckpointStretch } from './checkpoint-log.ts';
import type { CheckpointKey } from '../../api/checkpoint.ts';

/**
 * A checkpoint of the thread, own or shared; without an id, the newest of the namespace. With a
 * draft, includes its changes.
 */
export async function findCheckpoint(
  records: Records,
  log: CheckpointLogRow,
  { namespace, id }: { readonly namespace: string; readonly id?: string | undefined },
  draft?: ThreadDraft,
): Promise<CheckpointRow | undefined> {
  const pending = draft
    ?.listPuts(checkpoints)
    .filter((row) => row.namespace === namespace && (id === undefined || row.id === id));
  const found: CheckpointRow[] = pending ?? [];
  if (!draft?.isNew) {
    const range = id === undefined ? { namespace } : { namespace, id };
    for (const stretch of checkpointStretchesOf(log.threadId, log)) {
      const [row] = await scanCheckpoints(records, stretch, range, 1);
      if (row !== undefined) found.push(row);
      if (row !== undefined && id !== undefined) break; // the nearest one counts
    }
  }
  return newestOf(found, log);
}

/** The greatest id; among rows of one id, its own newest row precedes the shared ones. */
function newestOf(
  rows: readonly CheckpointRow[],
  log: CheckpointLogRow,
): CheckpointRow | undefined {
  let newest: CheckpointRow | undefined;
  for (const row of rows) if (newest === undefined || counts(row, newest, log)) newest = row;
  return newest;
}

function counts(row: CheckpointRow, other: CheckpointRow, { threadId }: CheckpointLogRow): boolean {
  const order = compareUtf8(row.id, other.id);
  if (order !== 0) return order > 0;
  if (row.threadId !== other.threadId) return row.threadId === threadId;
  return row.version > other.version;
}

/** A range of a thread's checkpoints, in descending order of id. */
export interface CheckpointRange {
  readonly namespace?: string | undefined;
  readonly id?: string | undefined;
  /** Only ids before this one. */
  readonly before?: string | undefined;
  /** Only what comes after this one in that order. */
  readonly after?: CheckpointKey | undefined;
}

/** The newest row of each checkpoint in a range, at most `limit`. */
export async function scanCheckpoints(
  records: Records,
  stretch: CheckpointStretch,
  range: CheckpointRange,
  limit: number,
): Promise<CheckpointRow[]> {
  const found: CheckpointRow[] = [];
  let before = firstBound(range);
  for (;;) {
    const stepLimit = Math.min(limit - found.length + rowsAhead, 1000);
    const rows = await records.scan(checkpoints, {
      prefix: prefixOf(stretch, range),
      ...(range.namespace === undefined && { index: 'byId' }),
      ...(before && { before }),
      reverse: true,
      limit: stepLimit,
    });
    for (const row of rows) {
      if (stretch.through !== undefined && row.version > stretch.through) continue;
      const last = found.at(-1);
      if (last?.id === row.id && last.namespace === row.namespace) continue; // an older row of it
      if (found.length === limit) return found;
      found.push(row);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < stepLimit) return found;
    before = boundAt(range, last);
  }
}

/** How many more rows to read than asked for, as some may be older rows of the same checkpoint. */
const rowsAhead = 1;

function prefixOf({ threadId }: CheckpointStretch, { namespace, id }: CheckpointRange): Key {
  if (namespace === undefined) return id === undefined ? [threadId] : [threadId, id];
  return id === undefined ? [threadId, namespace] : [threadId, namespace, id];
}

function firstBound({ namespace, id, before, after }: CheckpointRange): Key | undefined {
  // With an id, only other namespaces can follow.
  if (id !== undefined) return after && [after.namespace];
  if (after === undefined) return before === undefined ? undefined : [before];
  if (before !== undefined && compareUtf8(before, after.id) <= 0) return [before];
  return namespace === undefined ? [after.id, after.namespace] : [after.id];
}

function boundAt({ namespace, id }: CheckpointRange, last: CheckpointRow): Key {
  if (namespace === undefined) {
    const position = [last.namespace, last.version];
    return id === undefined ? [last.id, ...position] : position;
  }
  return id === undefined ? [last.id, last.version] : [last.version];
}
