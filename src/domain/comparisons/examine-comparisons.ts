import { put } from '../../records/records.ts';
import {
  comparisons,
  runs,
  votes,
  type ComparisonRow,
  type VoteRow,
} from '../../records/tables.ts';
import type { ThreadExamination } from '../base/examination.ts';
import { examineEntries } from '../base/missing-entries.ts';
import { isLost } from '../log/item-log.ts';

/** Examines a thread's comparisons and their votes, which repeat columns of the comparisons. */
export async function examineComparisons(exam: ThreadExamination): Promise<void> {
  for await (const row of exam.rows(comparisons)) await examineComparison(exam, row);
  for await (const row of exam.rows(votes)) await examineVote(exam, row);
}

async function examineComparison(exam: ThreadExamination, row: ComparisonRow): Promise<void> {
  const what = `the comparison ${row.id}`;
  const { projectId } = exam.head;
  if (row.projectId !== projectId) {
    await exam.found('derived', `${what} should be of the project ${projectId}`, () =>
      exam.records.commit({ puts: [put(comparisons, { ...row, projectId }, row)] }),
    );
  }
  if (await isLost(exam.records, exam.head, row.inputItemId)) {
    await exam.found('reference', `${what} names ${row.inputItemId}, which does not exist`);
  }
  for (const runId of [row.leftRunId, row.rightRunId]) {
    if ((await exam.records.get(runs, [row.threadId, runId])) !== undefined) continue;
    await exam.found('reference', `${what} names the run ${runId}, which does not exist`);
  }
  await examineEntries(exam, comparisons, row, what);
}

async function examineVote(exam: ThreadExamination, row: VoteRow): Promise<void> {
  const { threadId, comparisonId, userId } = row;
  const what = `the vote of ${userId} on ${comparisonId}`;
  const voted = await exam.records.get(comparisons, [threadId, comparisonId]);
  if (voted === undefined) {
    await exam.found('reference', `${what} is on a comparison that does not exist`);
    return;
  }
  const { leftModel, rightModel } = voted;
  const { projectId } = exam.head;
  const expected = { ...row, leftModel, rightModel, projectId };
  const isSame =
    row.leftModel === leftModel && row.rightModel === rightModel && row.projectId === projectId;
  if (!isSame) {
    await exam.found('derived', `${what} names other models, or another project`, () =>
      exam.records.commit({ puts: [put(votes, expected, row)] }),
    );
  } else await examineEntries(exam, votes, row, what);
}
