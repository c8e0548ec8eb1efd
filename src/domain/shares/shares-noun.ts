import type { SharedApi, SharesApi } from '../../api/share.ts';
import { put } from '../../records/records.ts';
import { shares } from '../../records/tables.ts';
import type { ThreadExamination } from '../base/examination.ts';
import { examineEntries } from '../base/missing-entries.ts';
import type { Noun } from '../base/noun.ts';
import { isLost } from '../log/item-log.ts';
import { createShare, listShares, readSharing, revokeShares } from './manage-shares.ts';
import { followShared, forkShared, getShared, listShared } from './read-shared.ts';

/** Links that let others read a thread. */
export const sharesNoun: Noun<{ shares: SharesApi; shared: SharedApi }> = {
  name: 'shares',
  tables: [shares],
  examine: { thread: examineShares },
  api: (reading) => ({
    shares: {
      sharing: (threadId) => readSharing(reading, threadId),
      create: (threadId, share) => createShare(reading, threadId, share),
      list: (threadId, options) => listShares(reading, threadId, options),
      revoke: (threadId, shareIds) => revokeShares(reading, threadId, shareIds),
    },
    shared: {
      get: (token) => getShared(reading, token),
      items: (token, options) => listShared(reading, token, options),
      live: (token, options) => followShared(reading, token, options),
      fork: async (token, options) => (await forkShared(reading, token, options)).data,
      forkWithOutcome: (token, options) => forkShared(reading, token, options),
    },
  }),
};

/** A link repeats its thread's project, and stands still at an item that is there. */
async function examineShares(exam: ThreadExamination): Promise<void> {
  const { projectId } = exam.head;
  for await (const row of exam.rows(shares)) {
    const what = `the link ${row.id}`;
    if (row.projectId !== projectId) {
      await exam.found('derived', `${what} should be of the project ${projectId}`, () =>
        exam.records.commit({ puts: [put(shares, { ...row, projectId }, row)] }),
      );
    }
    const { frozenItemId } = row;
    if (frozenItemId !== undefined && (await isLost(exam.records, exam.head, frozenItemId))) {
      await exam.found('reference', `${what} stands still at ${frozenItemId}, which is not there`);
    }
    await examineEntries(exam, shares, row, what);
  }
}
