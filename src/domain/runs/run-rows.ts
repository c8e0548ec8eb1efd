import { assert } from '../../shared/assert.ts';
import { notFound } from '../../shared/error.ts';
import { streams, runs, type RunRow, type StreamRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import type { Core, Drafting } from '../base/core.ts';
import type { ItemId } from '../../shared/ids.ts';
import type { RunStatus } from '../../api/run.ts';

/** A run, with the draft's changes. */
export async function findRun({ core, draft }: Drafting, id: string): Promise<RunRow | undefined> {
  const key = [draft.head.id, id];
  const written = draft.findVersioned(runs, key);
  return written ? written.row : core.records.get(runs, key);
}

/** A run as it is stored. Throws `not_found`. */
export async function mustStoredRun(
  { records }: Core,
  { threadId, id }: Pick<RunRow, 'threadId' | 'id'>,
): Promise<RunRow> {
  const row = await records.get(runs, [threadId, id]);
  if (row === undefined) throw notFound('The run');
  return row;
}

/** How often to look at a run without a hint, since hints may be lost. */
export const hintMs = 500;

/** The runs of a thread with one of these statuses, with the draft's changes, oldest first. */
export async function findRunsBy(
  { core, draft }: Drafting,
  statuses: readonly RunStatus[],
): Promise<RunRow[]> {
  const threadId = draft.head.id;
  const lists = await Promise.all(
    statuses.map((status) => {
      const prefix = [threadId, status];
      return core.records.scan(runs, { index: 'byStatus', prefix, limit: activeRunsMax });
    }),
  );
  const byId = new Map(lists.flat().map((row) => [row.id, row]));
  for (const row of draft.listVersioned(runs)) byId.set(row.id, row);
  const current = [...byId.values()].map((row) => {
    const written = draft.findVersioned(runs, [threadId, row.id]);
    return written ? written.row : row;
  });
  return current
    .filter((row) => row !== undefined)
    .filter((row) => statuses.some((status) => status === row.status))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** How many runs may wait or run in one thread; more are rejected. */
export const activeRunsMax = 100;

export async function findStreamOf(
  { core, draft }: Drafting,
  run: RunRow,
): Promise<StreamRow | undefined> {
  const key = [draft.head.id, run.streamId];
  const written = draft.findVersioned(streams, key);
  return written ? written.row : core.records.get(streams, key);
}

/** The last of the runs that answer an item. */
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

/**
 * Writes a run as the next step of its version. `stored` is the previous row, `undefined` for a new
 * run.
 */
export function writeRun(draft: ThreadDraft, row: RunRow, stored: RunRow | undefined): RunRow {
  if (stored && stored.status !== row.status) {
    assert(
      mayBecome(stored.status, row.status),
      `a run may go from ${stored.status} to ${row.status}`,
    );
  }
  const next = { ...row, updatedAt: draft.nowMs, version: (stored?.version ?? 0) + 1 };
  draft.writeVersioned(runs, [row.threadId, row.id], next, stored);
  if (stored?.status !== row.status) draft.tell({ kind: 'run', id: row.id, lastsMs: 0 });
  return next;
}

export function writeStream(
  draft: ThreadDraft,
  row: StreamRow,
  stored: StreamRow | undefined,
): StreamRow {
  const next = { ...row, updatedAt: draft.nowMs, version: (stored?.version ?? 0) + 1 };
  draft.writeVersioned(streams, [row.threadId, row.id], next, stored);
  return next;
}

/** The only allowed transitions from one status to another. */
const transitions: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  queued: ['running', 'failed', 'cancelled'],
  running: ['interrupted', 'completed', 'failed', 'cancelled'],
  interrupted: ['running', 'failed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
};

function mayBecome(from: string, to: string): boolean {
  const steps = transitions[from as RunStatus]; // rows hold what `writeRun` was given
  return steps.some((status) => status === to);
}

export function isFinal(status: string): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}
