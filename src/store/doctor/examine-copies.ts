import type { StoreExamination } from '../../domain/base/examination.ts';
import { deletion } from '../../records/records.ts';
import { copies } from '../../records/tables.ts';
import { copyId } from '../copy/must-be-whole.ts';

/** A store receives one copy at a time, always under the same id. */
export async function examineCopies(exam: StoreExamination): Promise<void> {
  for await (const row of exam.rows(copies)) {
    if (row.id === copyId) continue;
    await exam.found('leftover', `the copy ${row.id} of ${row.source} is none of this store`, () =>
      exam.records.commit({ deletes: [deletion(copies, [row.id], row)] }),
    );
  }
}
