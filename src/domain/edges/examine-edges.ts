import { edges } from '../../records/tables.ts';
import type { ThreadExamination } from '../base/examination.ts';
import { examineEntries } from '../base/missing-entries.ts';
import { isLost } from '../log/find-lost.ts';

/** Both ends of an edge must be items of the thread, own or inherited. */
export async function examineEdges(exam: ThreadExamination): Promise<void> {
  for await (const row of exam.rows(edges)) {
    const { fromItemId, toItemId, type } = row;
    const what = `the edge ${type} from ${fromItemId} to ${toItemId}`;
    for (const id of [fromItemId, toItemId]) {
      if (!(await isLost(exam.records, exam.head, id))) continue;
      await exam.found('reference', `${what} names ${id}, which does not exist`);
    }
    await examineEntries(exam, edges, row, what);
  }
}
