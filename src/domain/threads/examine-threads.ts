import { deletion, expectVersion, put } from '../../records/records.ts';
import { tags, threads, type TagRow } from '../../records/tables.ts';
import { formerThreadId, publicThreadId, storedThreadId } from '../../shared/ids.ts';
import { tagRowsOf } from '../../records/tag-rows.ts';
import type { ThreadExamination } from '../base/examination.ts';
import { missingEntries } from '../base/missing-entries.ts';

/** Examines the thread's id, and its entries in lists, which follow from its head. */
export async function examineThread(exam: ThreadExamination): Promise<void> {
  await examineId(exam);
  await examineLists(exam);
  await examineTags(exam);
}

/** Callers find a thread under the id that has its project, or else under the bare one. */
async function examineId(exam: ThreadExamination): Promise<void> {
  const { id, projectId } = exam.head;
  const present = storedThreadId(projectId, publicThreadId(id));
  if (id === present) return;
  if (formerThreadId(id)) {
    await exam.found('state', `belongs to the project ${projectId}, and its id to another`);
  } else if (await exam.records.get(threads, [present])) {
    await exam.found('state', `is hidden from its callers by the thread ${present}`);
  }
}

async function examineLists(exam: ThreadExamination): Promise<void> {
  const { head } = exam;
  for (const index of await missingEntries(exam.records, threads, head)) {
    // An engine may write only changed entries: if `replaces` was in no list, it writes all.
    await exam.found('list', `is missing in the list ${index}`, () =>
      exam.records.commit({
        puts: [put(threads, head, { ...head, listedAt: undefined })],
        expects: [expectVersion(threads, [head.id], head.version)],
      }),
    );
  }
}

async function examineTags(exam: ThreadExamination): Promise<void> {
  const missing = new Map(tagRowsOf(exam.head).map((row) => [row.tag, row]));
  for await (const stored of exam.rows(tags)) {
    const row = missing.get(stored.tag);
    missing.delete(stored.tag);
    if (row === undefined) await removeTag(exam, stored);
    else if (!isSame(row, stored)) await putTag(exam, row);
  }
  for (const row of missing.values()) await putTag(exam, row);
}

function isSame(a: TagRow, b: TagRow): boolean {
  // Both are rows of one table.
  return Object.keys(a).every((name) => a[name as keyof TagRow] === b[name as keyof TagRow]);
}

function putTag(exam: ThreadExamination, row: TagRow): Promise<void> {
  return exam.found('list', `is misplaced under the tag ${row.tag}`, () =>
    exam.records.commit({ puts: [put(tags, row)] }),
  );
}

function removeTag(exam: ThreadExamination, row: TagRow): Promise<void> {
  return exam.found('list', `is in the list of the tag ${row.tag}, which it does not have`, () =>
    exam.records.commit({ deletes: [deletion(tags, [row.threadId, row.tag], row)] }),
  );
}
