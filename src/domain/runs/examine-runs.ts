import { expectVersion, put } from '../../records/records.ts';
import { comparisons, runs, streams, type RunRow, type StreamRow } from '../../records/tables.ts';
import type { ThreadExamination } from '../base/examination.ts';
import { examineEntries } from '../base/missing-entries.ts';
import { isFinal } from './run-rows.ts';
import { isLost } from '../log/item-log.ts';

/** Examines a thread's runs and the rows that they name. */
export async function examineRuns(exam: ThreadExamination): Promise<void> {
  for await (const row of exam.rows(runs)) {
    await examineState(exam, row);
    await examineItemsOf(exam, row);
    await examineComparison(exam, row);
    await examineStream(exam, row);
    await examineEntries(exam, runs, row, `the run ${row.id}`);
  }
}

/** The columns that follow from the status and from the thread. */
async function examineState(exam: ThreadExamination, row: RunRow): Promise<void> {
  const expected = expectedState(row, exam.head.projectId);
  const names = Object.keys(expected) as (keyof typeof expected)[]; // of that very object
  const wrong = names.filter((name) => row[name] !== expected[name]);
  if (wrong.length === 0) return;
  const detail = `the run ${row.id} is ${row.status}, and ${wrong.join(', ')} says something else`;
  await exam.found('state', detail, () =>
    exam.records.commit({
      puts: [put(runs, { ...row, ...expected, version: row.version + 1 }, row)],
      expects: [expectVersion(runs, [row.threadId, row.id], row.version)],
    }),
  );
}

/** An active run must have a lease, so that a sweep finds it after its process has died. */
function expectedState(
  { status, leaseExpiresAt, endedAt, updatedAt }: RunRow,
  projectId: string,
): Pick<RunRow, 'projectId' | 'leaseExpiresAt' | 'endedAt'> {
  const isActive = status === 'queued' || status === 'running';
  return {
    projectId,
    leaseExpiresAt: isActive ? (leaseExpiresAt ?? updatedAt) : undefined,
    endedAt: isFinal(status) ? (endedAt ?? updatedAt) : undefined,
  };
}

async function examineItemsOf(exam: ThreadExamination, row: RunRow): Promise<void> {
  for (const name of ['inputItemId', 'outputItemId', 'replacesId'] as const) {
    const id = row[name];
    if (id === undefined || !(await isLost(exam.records, exam.head, id))) continue;
    await exam.found(
      'reference',
      `the run ${row.id} names ${id} as its ${name}, which does not exist`,
    );
  }
}

async function examineComparison(exam: ThreadExamination, row: RunRow): Promise<void> {
  const { threadId, comparisonId } = row;
  if (comparisonId === undefined) return;
  if ((await exam.records.get(comparisons, [threadId, comparisonId])) !== undefined) return;
  const detail = `the run ${row.id} is of the comparison ${comparisonId}, which does not exist`;
  await exam.found('reference', detail);
}

/** A run's stream ends with the run, but the operator may have deleted it since. */
async function examineStream(exam: ThreadExamination, row: RunRow): Promise<void> {
  const stream = await exam.records.get(streams, [row.threadId, row.streamId]);
  if (stream === undefined && !isFinal(row.status) && row.status !== 'interrupted') {
    const detail = `the run ${row.id} writes to the stream ${row.streamId}, which does not exist`;
    await exam.found('reference', detail);
  }
  if (stream?.status === 'active' && isFinal(row.status)) await endStream(exam, row, stream);
}

async function endStream(exam: ThreadExamination, run: RunRow, stream: StreamRow): Promise<void> {
  const { threadId, id, version } = stream;
  const detail = `the stream ${id} is active, and its run has ended`;
  const ended = { ...stream, status: 'aborted', expiresAt: run.updatedAt, version: version + 1 };
  await exam.found('state', detail, () =>
    exam.records.commit({
      puts: [put(streams, ended, stream)],
      expects: [expectVersion(streams, [threadId, id], version)],
    }),
  );
}
