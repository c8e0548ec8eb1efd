import { put } from '../../../../src/records/records.ts';
import type { ThreadExamination } from '../../../../src/domain/base/examination.ts';
import { examineEntries } from '../../../../src/domain/base/missing-entries.ts';
import { isLost } from '../../../../src/domain/log/item-log.ts';
import { bookmarks } from '../../records/tables/bookmark-tables.ts';

/** A bookmark is on an item of its thread, and repeats the thread's project. */
export async function examineBookmarks(exam: ThreadExamination): Promise<void> {
  for await (const row of exam.rows(bookmarks)) {
    const what = `the bookmark of ${row.userId} on ${row.itemId}`;
    if (await isLost(exam.records, exam.head, row.itemId)) {
      await exam.found('reference', `${what} is on an item that is not there`);
    }
    const { projectId } = exam.head;
    if (row.projectId !== projectId) {
      await exam.found('derived', `${what} should be of the project ${projectId}`, () =>
        exam.records.commit({ puts: [put(bookmarks, { ...row, projectId }, row)] }),
      );
    }
    await examineEntries(exam, bookmarks, row, what);
  }
}
