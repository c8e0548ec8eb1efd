import { deletion, put } from '../../records/records.ts';
import { forks, overlays, threads, type Ancestor, type ForkRow } from '../../records/tables.ts';
import type { ThreadExamination } from '../base/examination.ts';
import { isLost } from '../log/item-log.ts';

/** Examines a thread's forks, what it inherits as a fork, and its amendments of that. */
export async function examineForks(exam: ThreadExamination): Promise<void> {
  for await (const row of exam.rows(forks)) await examineFork(exam, row);
  await examineLineage(exam);
  await examineOverlays(exam);
}

/** The fork must exist, and its last inherited stretch must end at this item. */
async function examineFork(exam: ThreadExamination, row: ForkRow): Promise<void> {
  const { threadId, itemId, forkId } = row;
  const fork = await exam.records.get(threads, [forkId]);
  if (fork?.deletedAt !== undefined && (await exam.waitsForPurge(forkId))) return;
  const home = fork?.lineage?.at(-1);
  if (home?.threadId === threadId && home.itemId === itemId) return;
  const isOnItsWay = fork === undefined && exam.mayComeLater;
  const remove = () =>
    exam.records.commit({ deletes: [deletion(forks, [threadId, itemId, forkId], row)] });
  const detail = `lists ${forkId} as a fork at ${itemId}, which it is not`;
  await exam.found('derived', detail, isOnItsWay ? undefined : remove);
}

async function examineLineage(exam: ThreadExamination): Promise<void> {
  const { id: forkId, lineage = [] } = exam.head;
  for (const { threadId } of lineage) {
    if ((await exam.records.get(threads, [threadId])) !== undefined) continue;
    await exam.found('reference', `inherits from ${threadId}, which does not exist`);
  }
  const home = lineage.at(-1);
  if (home === undefined || (await isListed(exam, home))) return;
  // Without the row, the thread would lose what it inherits when its source is deleted.
  await exam.found('derived', `is missing in the forks of ${home.threadId}`, () => {
    const { threadId, itemId } = home;
    return exam.records.commit({ puts: [put(forks, { threadId, itemId, forkId })] });
  });
}

async function isListed(exam: ThreadExamination, home: Ancestor): Promise<boolean> {
  const key = [home.threadId, home.itemId, exam.head.id];
  return (await exam.records.get(forks, key)) !== undefined;
}

async function examineOverlays(exam: ThreadExamination): Promise<void> {
  let isOverlaid = exam.head.overlaid === true;
  for await (const { itemId } of exam.rows(overlays)) {
    if (!isOverlaid) {
      const detail = 'overlaid should be true: it has amended what it inherits';
      await exam.found('head', detail, () => exam.updateHead({ overlaid: true }));
      isOverlaid = true;
    }
    if (!(await isLost(exam.records, exam.head, itemId))) continue;
    await exam.found('reference', `has amended the item ${itemId}, which does not exist`);
  }
}
