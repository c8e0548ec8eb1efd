import { ratings } from '../../api/feedback.ts';
import { feedback } from '../../records/tables.ts';
import type { ThreadExamination } from '../base/examination.ts';
import { examineEntries } from '../base/missing-entries.ts';
import { isLost } from '../log/item-log.ts';

/** Feedback is on an item of its thread, and has a rating. */
export async function examineFeedback(exam: ThreadExamination): Promise<void> {
  for await (const row of exam.rows(feedback)) {
    const what = `the feedback of ${row.userId} on ${row.itemId}`;
    if (await isLost(exam.records, exam.head, row.itemId)) {
      await exam.found('reference', `${what} is on an item that is not there`);
    }
    if (!ratings.some((rating) => rating === row.rating)) {
      await exam.found('state', `${what} has the rating ${row.rating}`);
    }
    await examineEntries(exam, feedback, row, what);
  }
}
