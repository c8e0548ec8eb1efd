import { put } from '../../records/records.ts';
import {
  checkpointCopies,
  checkpointElements,
  checkpointLogs,
  checkpoints,
  checkpointWrites,
  threads,
  type CheckpointLogRow,
  type CheckpointRow,
} from '../../records/tables.ts';
import { compareUtf8 } from '../../shared/bytes.ts';
import type { ThreadExamination } from '../base/examination.ts';
import { examineEntries } from '../base/missing-entries.ts';
import { lastIdIn, readLog, wholeLane } from './checkpoint-log.ts';
import { StoredIds } from './stored-ids.ts';
import { asPointer } from './value-pointer.ts';

/** Examines a thread's checkpoints, their values, and what they share with other threads. */
export async function examineCheckpoints(exam: ThreadExamination): Promise<void> {
  const log = await readLog(exam.records, exam.head.id);
  const ids = new StoredIds(exam.records);
  const lastIds = await ids.addThread(exam.head.id, exam.rows(checkpointElements));
  const seen: Seen = { version: 0, newestId: undefined, count: lastIds.size };
  for await (const row of exam.rows(checkpoints)) {
    note(seen, row);
    if (log) await examineCheckpoint(exam, log, ids, row);
  }
  for await (const row of exam.rows(checkpointWrites)) note(seen, row);
  await examineVersion(exam, seen);
  if (log === undefined) {
    if (seen.count > 0) await exam.found('reference', 'has checkpoints, and no log of them');
    return;
  }
  await examineLog(exam, log, seen, lastIds);
  await examineLineage(exam, log);
}

/** The summary of one pass over checkpoints and writes. */
interface Seen {
  count: number;
  /** The greatest version. */
  version: number;
  /** The greatest id in the root namespace. */
  newestId: string | undefined;
}

function note(
  seen: Seen,
  row: Pick<CheckpointRow, 'version' | 'namespace'> & { id?: string },
): void {
  seen.count++;
  seen.version = Math.max(seen.version, row.version);
  if (row.id !== undefined && row.namespace === '') seen.newestId = greater(seen.newestId, row.id);
}

function greater(a: string | undefined, b: string): string {
  return a === undefined || compareUtf8(a, b) < 0 ? b : a;
}

async function examineCheckpoint(
  exam: ThreadExamination,
  log: CheckpointLogRow,
  ids: StoredIds,
  row: CheckpointRow,
): Promise<void> {
  const what = `the checkpoint ${row.namespace} ${row.id}`;
  for (const [channel, stored] of Object.entries(row.values)) {
    const pointer = asPointer(stored);
    const isThere =
      typeof pointer === 'string'
        ? await ids.hasList(log, channel, pointer)
        : typeof pointer !== 'number' ||
          (await ids.hasRange(log, wholeLane, { first: pointer, last: pointer }));
    if (!isThere) await exam.found('reference', `${what} lacks elements of ${channel}`);
  }
  await examineEntries(exam, checkpoints, row, what);
}

/** Every put is a step of the thread's version. */
async function examineVersion(exam: ThreadExamination, { version }: Seen): Promise<void> {
  if (version <= exam.head.version) return;
  const detail = `version should be ${version}, with which a checkpoint was put`;
  await exam.found('head', detail, () => exam.updateHead({ version }));
}

/** Ids must never be reused, and an older checkpoint must never be taken for the newest. */
async function examineLog(
  exam: ThreadExamination,
  log: CheckpointLogRow,
  seen: Seen,
  lastIds: ReadonlyMap<string, number>,
): Promise<void> {
  const raised = [...lastIds].filter(([lane, id]) => id > lastIdIn(log.lanes, lane));
  const isNewest =
    log.newestId === undefined ||
    seen.newestId === undefined ||
    compareUtf8(seen.newestId, log.newestId) <= 0;
  if (raised.length === 0 && isNewest) return;
  const lanes = { ...log.lanes, ...Object.fromEntries(raised) };
  const newestId = isNewest ? log.newestId : seen.newestId;
  await exam.found('derived', 'the log of the checkpoints is behind them', () =>
    exam.records.commit({ puts: [put(checkpointLogs, { ...log, lanes, newestId }, log)] }),
  );
}

/**
 * The threads that a thread shares checkpoints with must exist, and the last one must list the
 * thread as a copy.
 */
async function examineLineage(exam: ThreadExamination, log: CheckpointLogRow): Promise<void> {
  for (const { threadId } of log.lineage ?? []) {
    if ((await exam.records.get(threads, [threadId])) !== undefined) continue;
    await exam.found('reference', `shares checkpoints of ${threadId}, which does not exist`);
  }
  const home = log.lineage?.at(-1);
  if (home === undefined) return;
  const { threadId, version } = home;
  const row = await exam.records.get(checkpointCopies, [threadId, exam.head.id]);
  if (row !== undefined && row.version >= version) return;
  // With a smaller version or without the row, a pruning or deletion of the source would delete
  // what is shared.
  const detail = `is missing in the copies of ${threadId}, up to the version ${version}`;
  await exam.found('derived', detail, () =>
    exam.records.commit({
      puts: [put(checkpointCopies, { threadId, copyId: exam.head.id, version })],
    }),
  );
}
