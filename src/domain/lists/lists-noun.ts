import type { ReadsApi } from '../../api/reading-state.ts';
import type { ThreadsApi } from '../../api/threads-api.ts';
import type { Noun } from '../base/noun.ts';
import { listReceipts } from './list-receipts.ts';
import { listThreads } from './list-threads.ts';
import { markDelivered, markRead, markUnread } from './mark-read.ts';

/** The lists of threads, and how far each user has read. */
export const listsNoun: Noun<{ threads: Pick<ThreadsApi, 'list'>; reads: ReadsApi }> = {
  name: 'lists',
  api: (reading) => ({
    threads: { list: (options) => listThreads(reading, options) },
    reads: {
      mark: (threadId, mark) => markRead(reading, threadId, mark),
      markUnread: (threadId, mark) => markUnread(reading, threadId, mark),
      markDelivered: (threadId, mark) => markDelivered(reading, threadId, mark),
      receipts: (threadId, options) => listReceipts(reading, threadId, options),
    },
  }),
};
