import { participants } from '../../records/tables.ts';
import type { Core } from '../base/core.ts';

/** How many channels and public threads a user takes part in, at most: lists read all of them. */
export const bigThreadsMax = 2000;

/** How many channels and public threads a user takes part in; stops counting at the bound. */
export async function countBigThreads(
  { records }: Core,
  projectId: string,
  userId: string,
): Promise<number> {
  let count = 0;
  let after: (string | number)[] | undefined;
  while (count < bigThreadsMax) {
    const rows = await records.scan(participants, {
      index: 'byUserBig',
      prefix: [projectId, userId],
      limit: stepMax,
      ...(after && { after }),
    });
    count += rows.length;
    const last = rows.at(-1);
    if (last?.bigAt === undefined || rows.length < stepMax) return count;
    after = [last.bigAt, last.threadId];
  }
  return count;
}

const stepMax = 1000;
