import type { ThreadIdText } from '../../shared/ids.ts';
import { mustKnowOptions } from '../../shared/validate.ts';
import type { Reading } from '../base/core.ts';
import type { ForkListOptions, Thread } from '../../api/thread.ts';
import { type ForkRow, forks } from '../../records/tables/thread-tables.ts';
import { type ListSource, paginate } from '../base/paginate.ts';
import { mustKnowItem } from '../log/kept-from.ts';
import type { Page } from '../../api/page.ts';
import { mayList, mustVisit, visit } from '../access/authorize.ts';
import { headsById, showThread } from '../head/show-thread.ts';

/** The forks of a thread that the caller may read, by fork point. See `ThreadsApi.forks`. */
export async function listForks(
  reading: Reading,
  threadId: ThreadIdText,
  options: ForkListOptions = {},
): Promise<Page<Thread>> {
  const { core } = reading;
  const { head, visiting } = await mustVisit(reading, 'read', threadId);
  mustKnowOptions(options, forkOptions);
  const { itemId: text } = options;
  const point = text === undefined ? undefined : await mustKnowItem(visiting, head, text, 'itemId');
  const itemId = point?.row.id;
  // A fork is stored with the thread whose own item it branches off at: for an inherited item, the
  // source.
  const prefix = point === undefined ? [head.id] : [point.row.threadId, point.row.id];
  const source: ListSource<ForkRow, Thread> = {
    list: `forks ${prefix.join(' ')}`,
    shape: itemId === undefined ? ['string', 'string'] : ['string'],
    isDescending: false,
    scan: (range) => core.records.scan(forks, { prefix, ...range }),
    positionOf: (row) => (itemId === undefined ? [row.itemId, row.forkId] : [row.forkId]),
    present: async (rows) => {
      const heads = await headsById(
        core,
        rows.map(({ forkId }) => forkId),
      );
      const shown = rows.map(async ({ forkId }) => {
        const fork = heads.get(forkId);
        if (fork === undefined || fork.deletedAt !== undefined) return undefined;
        const { principal } = await visit(reading, fork);
        return mayList(principal) ? showThread(reading, fork) : undefined;
      });
      return Promise.all(shown);
    },
  };
  return paginate(source, options);
}

const forkOptions = { limit: true, after: true, before: true, itemId: true } as const;
