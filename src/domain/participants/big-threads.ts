import { participants, type ParticipantRow } from '../../records/tables.ts';
import type { Core } from '../base/core.ts';

/** How many channels and public threads a user takes part in, at most: lists read all of them. */
export const bigThreadsMax = 2000;

/** How many channels and public threads a user takes part in; stops counting at the bound. */
export async function countBigThreads(
  core: Core,
  projectId: string,
  userId: string,
): Promise<number> {
  return (await bigThreadsOf(core, projectId, userId)).length;
}

/** The user's rows in channels and public threads, up to the bound. */
export async function bigThreadsOf(
  { records }: Core,
  projectId: string,
  userId: string,
): Promise<readonly ParticipantRow[]> {
  const found: ParticipantRow[] = [];
  let after: (string | number)[] | undefined;
  while (found.length < bigThreadsMax) {
    const rows = await records.scan(participants, {
      index: 'byUserBig',
      prefix: [projectId, userId],
      limit: stepMax,
      ...(after && { after }),
    });
    found.push(...rows);
    const last = rows.at(-1);
    if (last?.bigAt === undefined || rows.length < stepMax) break;
    after = [last.bigAt, last.threadId];
  }
  return found;
}

const stepMax = 1000;
