import { put, type Records } from '../../records/records.ts';
import {
  checkpointLogs,
  type CheckpointAncestor,
  type CheckpointLogRow,
} from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import type { StoredThreadId } from '../../shared/ids.ts';
import type { Drafting } from '../base/core.ts';

/** A range of rows of a thread's checkpoints: its own, or those it shares with another thread. */
export interface CheckpointStretch {
  readonly threadId: StoredThreadId;
  /** Inclusive; absent for the thread's own rows. */
  readonly through?: number;
}

/** The thread's own rows first, then the shared ones, nearest first: earlier ranges win. */
export function checkpointStretchesOf(
  threadId: StoredThreadId,
  log: CheckpointLogRow,
): CheckpointStretch[] {
  const shared = (log.lineage ?? []).map((ancestor) => ({
    threadId: ancestor.threadId,
    through: ancestor.version,
  }));
  return [{ threadId }, ...shared.toReversed()];
}

/** The lanes of list elements, of the pages of such lists, and of whole values. */
export const wholeLane = '';

export function elementLane(channel: string): string {
  return `=${channel}`;
}

export function pageLane(channel: string): string {
  return `@${channel}`;
}

/** The greatest id assigned in a lane, by the thread or by what it shares. */
export function lastIdIn(lanes: CheckpointAncestor['lanes'] | undefined, lane: string): number {
  return lanes !== undefined && Object.hasOwn(lanes, lane) ? lanes[lane]! : 0;
}

/** The thread that holds an element's row. */
export function homeOf(log: CheckpointLogRow, lane: string, id: number): StoredThreadId {
  const home = log.lineage?.find(({ lanes }) => id <= lastIdIn(lanes, lane));
  return home?.threadId ?? log.threadId;
}

export function readLog(
  records: Records,
  threadId: StoredThreadId,
): Promise<CheckpointLogRow | undefined> {
  return records.get(checkpointLogs, [threadId]);
}

export interface LogInDraft {
  /** The row in the draft; a thread's first checkpoint creates it. */
  readonly row: CheckpointLogRow;
  /** The row before the draft. */
  readonly stored: CheckpointLogRow | undefined;
}

export async function logInDraft({ core, draft }: Drafting): Promise<LogInDraft> {
  const { id: threadId } = draft.head;
  const stored = draft.isNew ? undefined : await readLog(core.records, threadId);
  const row = draft.findPut(checkpointLogs, [threadId]) ?? stored;
  return { row: row ?? { threadId, epoch: 1, lanes: {} }, stored };
}

/** Puts the log row if it has changed. */
export function putLog(
  draft: ThreadDraft,
  { row, stored }: LogInDraft,
  patch: Partial<CheckpointLogRow>,
): void {
  const changed: CheckpointLogRow = { ...row, ...patch };
  // Columns that were not patched keep the identical value.
  const names = Object.keys(changed) as (keyof CheckpointLogRow)[];
  const isSame = names.every((name) => changed[name] === row[name]);
  const isNew = stored === undefined && draft.listPuts(checkpointLogs).length === 0;
  if (isNew || !isSame) draft.put(put(checkpointLogs, changed, stored ?? null));
}
