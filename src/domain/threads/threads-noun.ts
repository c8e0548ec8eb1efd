import type { OperatorThreadsApi, Thread } from '../../api/thread.ts';
import type { ThreadMetadataApi } from '../../api/thread-metadata.ts';
import type { ThreadsApi } from '../../api/threads-api.ts';
import { tags, threads } from '../../records/tables.ts';
import { notFound } from '../../shared/error.ts';
import { mustStoredAddress, mustVisit } from '../access/authorize.ts';
import type { Core } from '../base/core.ts';
import { each } from '../base/each.ts';
import type { Noun } from '../base/noun.ts';
import { presentThread } from '../base/present-thread.ts';
import { showThread } from '../head/show-thread.ts';
import { forOne } from '../requests/idempotency.ts';
import { createThread } from './create-thread.ts';
import { deleteThread } from './delete-thread.ts';
import { examineThread } from './examine-threads.ts';
import { stopGeneratingTitles } from './generate-title.ts';
import { listThreadMetadata } from './list-thread-metadata.ts';
import { updateThread } from './update-thread.ts';

type ThreadVerbs = Pick<ThreadsApi, 'create' | 'createWithOutcome' | 'get' | 'update' | 'delete'>;

/** Threads and their heads. Forks, live readers and graphs add further verbs. */
export const threadsNoun: Noun<
  { threads: ThreadVerbs; threadMetadata: ThreadMetadataApi },
  { threads: OperatorThreadsApi }
> = {
  name: 'threads',
  tables: [tags, threads],
  examine: { thread: examineThread },
  api: (reading) => ({
    threadMetadata: { list: (options) => listThreadMetadata(reading, options) },
    threads: {
      create: (threads, options) =>
        each(threads, async (thread, i) => {
          const entry = forOne(options, i, threads.length);
          return (await createThread(reading, thread, entry)).data;
        }),
      createWithOutcome: (thread, options) => createThread(reading, thread, options),
      get: async (id) => showThread(reading, (await mustVisit(reading, 'read', id)).head),
      update: (updates) => each(updates, (update) => updateThread(reading, update)),
      delete: async (ids, options) => {
        await each(ids, (id) => deleteThread(reading, id, options?.ifVersion));
      },
    },
  }),
  operatorApi: (core) => ({ threads: { get: (id) => getAnyThread(core, id) } }),
  stop: stopGeneratingTitles,
};

/** A thread for the operator: access rules do not apply. Throws `not_found`. */
async function getAnyThread(core: Core, threadId: string): Promise<Thread> {
  const head = await core.writer.head(mustStoredAddress(threadId));
  if (head === undefined || head.deletedAt !== undefined) throw notFound('The thread');
  return presentThread(head);
}
