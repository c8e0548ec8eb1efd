import type { Item, ReplyListOptions } from '../../api/item.ts';
import type { Page } from '../../api/page.ts';
import type { Records } from '../../records/records.ts';
import type { ItemRow, ThreadRow } from '../../records/tables.ts';
import type { ItemId, ThreadIdText } from '../../shared/ids.ts';
import { mustKnowOptions, mustOneOf } from '../../shared/validate.ts';
import { readThread } from '../access/read-thread.ts';
import type { Reading } from '../base/core.ts';
import { paginate, type RowRange } from '../base/paginate.ts';
import { scanLog, type LogRow } from '../log/item-log.ts';
import { viewRows } from '../log/item-view.ts';
import { mustSeePlace } from './annotated-item.ts';
import { itemAnchors, logRange } from './list-items.ts';
import { showRows } from './present-item.ts';

/** See `ItemsApi.replies`. A caller who sees the item sees the replies that its view has. */
export function listReplies(
  reading: Reading,
  threadId: ThreadIdText,
  itemId: string,
  options: ReplyListOptions = {},
): Promise<Page<Item>> {
  return readThread(reading, threadId, async (head, visiting) => {
    const { core } = visiting;
    const { original } = await mustSeePlace(visiting, head, itemId);
    mustKnowOptions(options, { limit: true, after: true, before: true, order: true });
    const order = mustOneOf(['asc', 'desc'], options.order ?? 'asc', 'order');
    const answered = await idsOf(core.records, head, original);
    return paginate<LogRow, Item>(
      {
        list: `replies ${head.id} ${original.id}`,
        shape: ['string'],
        isDescending: order === 'desc',
        scan: (range) => scanReplies(core.records, head, answered, range),
        positionOf: ({ row }) => [row.id],
        present: async (rows) =>
          showRows(visiting, head, await viewRows(visiting, head, 'current', rows)),
        parseAnchor: itemAnchors(core, head, 'current'),
      },
      options,
    );
  });
}

/** A reply names the item as it was when it was answered: the original, or a revision. */
async function idsOf(
  records: Records,
  head: ThreadRow,
  { id, replacedById }: ItemRow,
): Promise<ItemId[]> {
  if (replacedById === undefined) return [id];
  const index = { name: 'byOriginal', value: id };
  const revisions = await scanLog(records, head, { index, reverse: true, limit: revisionsMax });
  return [id, ...revisions.map(({ row }) => row.id)];
}

/** How many revisions of an item are looked at: each is a scan. */
const revisionsMax = 1000;

/** Replies to any of these, in order. Each scan reads no further than what was found so far. */
async function scanReplies(
  records: Records,
  head: ThreadRow,
  answered: readonly ItemId[],
  range: RowRange,
): Promise<LogRow[]> {
  const { reverse, limit } = range;
  const bounds = logRange(head, range);
  let found: LogRow[] = [];
  for (const value of answered) {
    const last = found.length === limit ? found.at(-1)?.row.id : undefined;
    const end = last !== undefined && { [reverse ? 'after' : 'before']: last };
    const index = { name: 'byParent', value };
    const more = await scanLog(records, head, { ...bounds, ...end, index });
    found = [...found, ...more].toSorted((a, b) => (a.row.id < b.row.id === reverse ? 1 : -1));
    found = found.slice(0, limit);
  }
  return found;
}
