import type { Item } from '../../api/item.ts';
import type { Page, PageOptions } from '../../api/page.ts';
import type { Records } from '../../records/records.ts';
import { items, type ThreadRow } from '../../records/tables.ts';
import { notFound } from '../../shared/error.ts';
import type { ItemId, ThreadIdText } from '../../shared/ids.ts';
import { mustKnowOptions } from '../../shared/validate.ts';
import { readThread } from '../access/read-thread.ts';
import type { Reading } from '../base/core.ts';
import { paginate, type RowRange } from '../base/paginate.ts';
import { itemAnchors } from '../items/list-items.ts';
import { showRows } from '../items/present-item.ts';
import { stretchOf, type LogRow } from '../log/item-log.ts';
import { viewRows } from '../log/item-view.ts';

/** See `PinsApi.list`. The head names them, so that each is one read by its key. */
export function listPins(
  reading: Reading,
  threadId: ThreadIdText,
  options: PageOptions = {},
): Promise<Page<Item>> {
  return readThread(reading, threadId, async (head, visiting) => {
    mustKnowOptions(options, { limit: true, after: true, before: true });
    const { core } = visiting;
    return paginate<LogRow, Item>(
      {
        list: `pins ${head.id}`,
        shape: ['string'],
        isDescending: true,
        scan: (range) => scanPins(core.records, head, range),
        positionOf: ({ row }) => [row.id],
        present: async (rows) =>
          showRows(visiting, head, await viewRows(visiting, head, 'current', rows)),
        parseAnchor: itemAnchors(core, head, 'current'),
      },
      options,
    );
  });
}

async function scanPins(records: Records, head: ThreadRow, range: RowRange): Promise<LogRow[]> {
  const { after: [after] = [], before: [before] = [], reverse, limit } = range;
  const within = (head.pins ?? []).filter(
    (id) => !(after !== undefined && id <= after) && !(before !== undefined && id >= before),
  );
  const ids = within.toSorted();
  return readRows(records, head, (reverse ? ids.toReversed() : ids).slice(0, limit));
}

/** Those that are there, in this order. */
async function readRows(
  records: Records,
  head: ThreadRow,
  ids: readonly ItemId[],
): Promise<LogRow[]> {
  const keys = ids.map((id) => [stretchOf(head, id).threadId, id]);
  const rows = await records.getExisting(items, keys);
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = found.get(id);
    return row === undefined ? [] : [{ row, stretch: stretchOf(head, id) }];
  });
}

/** The items with these original ids, as they stand on pages. */
export function showPinned(
  reading: Reading,
  threadId: ThreadIdText,
  ids: readonly ItemId[],
): Promise<Item[]> {
  return readThread(reading, threadId, async (head, visiting) => {
    const rows = await readRows(visiting.core.records, head, ids);
    const seen = await viewRows(visiting, head, 'current', rows);
    const shown = await showRows(visiting, head, seen);
    return shown.map((item) => {
      if (item === undefined) throw notFound('The item'); // it was hidden since
      return item;
    });
  });
}
