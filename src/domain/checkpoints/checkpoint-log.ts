import { put, type Records } from '../../records/records.ts';
import {
  checkpointLogs,
  type CheckpointAncestor,
  type CheckpointLogRow,
} from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import type { ThreadId } from '../../shared/ids.ts';
import type { Drafting } from '../base/core.ts';

/** A range of rows that belong to a thread's checkpoints: its own, or those it shares with another thread. */
export interface CheckpointStretch {
  readonly threadId: ThreadId;
  /** Inclusive; absent for the thread's own rows. */
  readonly through?: number;
}

/** Its own rows first, then what it shares, nearest first: what comes earlier counts. */
export function checkpointStretchesOf(
  threadId: ThreadId,
  log: CheckpointLogRow,
): CheckpointStretch[] {
  const shared = (log.lineage ?? []).map((ancestor) => ({
    threadId: ancestor.threadId,
    through: ancestor.version,
  }));
  return [{ threadId }, ...shared.toReversed()];
}

/** The lanes of a list's elements, of the pages of such lists, and of whole values. */
export const wholeLane = '';

export function elementLane(channel: string): string {
  return `=${channel}`;
}

export function pageLane(channel: string): string {
  return `@${channel}`;
}

/** The greatest id that a lane has given out, in the thread or in what it shares. */
export function lastIdIn(lanes: CheckpointAncestor['lanes'] | undefined, lane: string): number {
  return lanes !== undefined && Object.hasOwn(lanes, lane) ? lanes[lane]! : 0;
}

/** The thread whose rows an element is among. */
export function homeOf(log: CheckpointLogRow, lane: string, id: number): ThreadId {
  const home = log.lineage?.find(({ lanes }) => id <= lastIdIn(lanes, lane));
  return home?.threadId ?? log.threadId;
}

export function readLog(
  records: Records,
  threadId: ThreadId,
): Promise<CheckpointLogRow | undefined> {
  return records.get(checkpointLogs, [threadId]);
}

interface LogInDraft {
  /** As the draft leaves it; a thread's first checkpoint makes a new one. */
  readonly row: CheckpointLogRow;
  /** What was there before the draft. */
  readonly stored: CheckpointLogRow | undefined;
}

export async function logInDraft({ core, draft }: Drafting): Promise<LogInDraft> {
  const { id: threadId } = draft.head;
  const stored = draft.isNew ? undefined : await readLog(core.records, threadId);
  const row = draft.findPut(checkpointLogs, [threadId]) ?? stored;
  return { row: row ?? { threadId, epoch: 1, lanes: {} }, stored };
}

/** Puts the log row unless it stays as it is. */
export function putLog(
  draft: ThreadDraft,
  { row, stored }: LogInDraft,
  patch: Partial<CheckpointLogRow>,
): void {
  const changed: CheckpointLogRow = { ...row, ...patch };
  // The columns that are not patched are the very same values.
  const names = Object.keys(changed) as (keyof CheckpointLogRow)[];
  const isSame = names.every((name) => changed[name] === row[name]);
  const isNew = stored === undefined && draft.listPuts(checkpointLogs).length === 0;
  if (isNew || !isSame) draft.put(put(checkpointLogs, changed, stored ?? null));
}
