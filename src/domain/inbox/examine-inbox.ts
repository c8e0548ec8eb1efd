import { inboxKinds } from '../../api/inbox.ts';
import { deleteByPartition } from '../../records/delete-by-partition.ts';
import { deletion, put } from '../../records/records.ts';
import { inbox, taskQueue, threads, type InboxRow, type ThreadRow } from '../../records/tables.ts';
import type { Core } from '../base/core.ts';
import type { StoreExamination } from '../base/examination.ts';
import { examineEntries } from '../base/missing-entries.ts';

/** An entry is of a thread that is there, and either unseen or seen. */
export async function examineInbox(exam: StoreExamination): Promise<void> {
  for await (const row of exam.rows(inbox)) {
    const what = `the inbox entry ${row.id} of ${row.userId}`;
    if (await isLeft(exam, row)) {
      const key = [row.projectId, row.userId, row.id];
      await exam.found('leftover', `${what} is of the thread ${row.threadId}, which is gone`, () =>
        exam.records.commit({ deletes: [deletion(inbox, key, row)] }),
      );
      continue;
    }
    if (!inboxKinds.some((kind) => kind === row.kind)) {
      await exam.found('state', `${what} is of the kind ${row.kind}`);
    }
    const unseenAt = row.seenAt === undefined ? row.createdAt : undefined;
    if (row.unseenAt !== unseenAt) {
      await exam.found('list', `${what} is misplaced among the unseen`, () =>
        exam.records.commit({ puts: [put(inbox, { ...row, unseenAt }, row)] }),
      );
      continue;
    }
    await examineEntries(exam, inbox, row, what);
  }
}

async function isLeft(exam: StoreExamination, { threadId }: InboxRow): Promise<boolean> {
  const head = await exam.records.get(threads, [threadId]);
  if (head === undefined) return !exam.mayComeLater;
  if (head.deletedAt === undefined) return false;
  const range = { index: 'byThread', prefix: [threadId], limit: 100 };
  const promised = await exam.records.scan(taskQueue, range);
  return promised.every(({ kind }) => kind !== 'purge');
}

/** Takes the entries of a purged thread out of all inboxes. */
export async function purgeEntries({ records }: Core, { id }: ThreadRow): Promise<undefined> {
  const range = { index: 'byThread', prefix: [id], limit: 500 };
  for (;;) {
    const rows = await records.scan(inbox, range);
    await deleteByPartition(records, inbox, rows);
    if (rows.length === 0) return undefined;
  }
}
