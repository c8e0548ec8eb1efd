import { asks } from '../../records/tables.ts';
import { deletion } from '../../records/records.ts';
import type { ThreadExamination } from '../base/examination.ts';
import { examineEntries } from '../base/missing-entries.ts';
import { isLost } from '../log/item-log.ts';

/** An ask is about an item of its thread. One about none can never be answered. */
export async function examineAsks(exam: ThreadExamination): Promise<void> {
  for await (const row of exam.rows(asks)) {
    const { threadId, agentId, itemId } = row;
    const what = `the ask of ${agentId} for ${itemId}`;
    if (await isLost(exam.records, exam.head, itemId)) {
      await exam.found('reference', `${what} is about an item that does not exist`, () =>
        exam.records.commit({ deletes: [deletion(asks, [threadId, agentId, itemId], row)] }),
      );
    } else await examineEntries(exam, asks, row, what);
  }
}
