import type { ThreadsApi } from '../../api/threads-api.ts';
import { forks, overlays } from '../../records/tables.ts';
import { each } from '../base/each.ts';
import type { Noun } from '../base/noun.ts';
import { forOne } from '../requests/idempotency.ts';
import {
  forksOfLeaving,
  headOfLeaving,
  itemsOfLeaving,
  overlaysOfLeaving,
} from './carry-inherited.ts';
import { forkThread } from './fork-thread.ts';
import { listForks } from './list-forks.ts';
import { purgeThread } from './purge-thread.ts';
import { examineForks } from './examine-forks.ts';

/** Forks, and what a deleted thread leaves to them. */
export const inheritanceNoun: Noun<{
  threads: Pick<ThreadsApi, 'fork' | 'forkWithOutcome' | 'forks'>;
}> = {
  name: 'inheritance',
  tables: [forks, overlays],
  examine: { thread: examineForks },
  api: (reading) => ({
    threads: {
      fork: (forks, options) =>
        each(forks, async (fork, i) => {
          const entry = forOne(options, i, forks.length);
          return (await forkThread(reading, fork, entry)).data;
        }),
      forkWithOutcome: (fork, options) => forkThread(reading, fork, options),
      forks: (id, options) => listForks(reading, id, options),
    },
  }),
  tasks: { purge: purgeThread },
  transfer: {
    head: headOfLeaving,
    rows: { items: itemsOfLeaving, overlays: overlaysOfLeaving, forks: forksOfLeaving },
  },
};
