import type { Core, Reading } from '../base/core.ts';
import type { ForkListOptions, Thread } from '../../api/thread.ts';
import { type ForkRow, type ThreadRow, forks } from '../../records/tables/thread-tables.ts';
import { type ListSource, paginate } from '../base/paginate.ts';
import { type LogRow, findItem } from '../log/item-log.ts';
import type { Page } from '../../api/page.ts';
import { invalid } from '../../shared/error.ts';
import { mustHead } from '../access/authorize.ts';
import { parseItemId } from '../../shared/ids.ts';
import { presentThread } from '../base/present-thread.ts';
import { headsById, mayList } from '../threads/list-threads.ts';

/** The forks of a thread that the caller may read, by fork point. See `ThreadsApi.forks`. */
export async function listForks(
  reading: Reading,
  threadId: string,
  options: ForkListOptions = {},
): Promise<Page<Thread>> {
  const { core, principal } = reading;
  const head = await mustHead(reading, 'read', threadId);
  const point = await optionalForkPoint(core, head, options.itemId);
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
      return rows.map(({ forkId }) => {
        const fork = heads.get(forkId);
        return fork && mayList(principal, fork) ? presentThread(fork) : undefined;
      });
    },
  };
  return paginate(source, options);
}

async function optionalForkPoint(
  core: Core,
  head: ThreadRow,
  text: string | undefined,
): Promise<LogRow | undefined> {
  if (text === undefined) return undefined;
  const id = parseItemId(text);
  const found = id && (await findItem(core.records, head, id));
  if (found === undefined) throw invalid('itemId', 'must be the id of an item of this thread');
  return found;
}
