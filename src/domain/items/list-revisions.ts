import type { Item } from '../../api/item.ts';
import type { Page, PageOptions } from '../../api/page.ts';
import type { ItemRow, ThreadRow } from '../../records/tables.ts';
import { SkeinError } from '../../shared/error.ts';
import type { ThreadIdText } from '../../shared/ids.ts';
import { mustKnowOptions } from '../../shared/validate.ts';
import { mayReadLog, mustUserId } from '../access/authorize.ts';
import { readThread } from '../access/read-thread.ts';
import type { Reading, Visiting } from '../base/core.ts';
import type { Member } from '../base/member.ts';
import { paginate, type RowRange } from '../base/paginate.ts';
import { findItem, scanLog, stretchOf, type LogRow } from '../log/item-log.ts';
import { viewRows } from '../log/item-view.ts';
import { mustSeePlace } from './annotated-item.ts';
import { itemAnchors, logRange } from './list-items.ts';
import { presentItem } from './present-item.ts';

/** See `ItemsApi.revisions`. */
export function listRevisions(
  reading: Reading,
  threadId: ThreadIdText,
  itemId: string,
  options: PageOptions = {},
): Promise<Page<Item>> {
  return readThread(reading, threadId, async (head, visiting) => {
    const { original } = await mustSeePlace(visiting, head, itemId);
    mustBeReader(visiting.principal, original);
    mustKnowOptions(options, { limit: true, after: true, before: true });
    return paginate<LogRow, Item>(
      {
        list: `revisions ${head.id} ${original.id}`,
        shape: ['string'],
        isDescending: false,
        scan: (range) => scanFamily(visiting, head, original, range),
        positionOf: ({ row }) => [row.id],
        present: (rows) => presentFamily(visiting, head, rows),
        parseAnchor: itemAnchors(visiting.core, head, 'log'),
      },
      options,
    );
  });
}

/** What an author has thought better of is for the author, and for those who lead the thread. */
function mustBeReader(member: Member, { authorId }: ItemRow): void {
  if (mayReadLog(member)) return;
  const userId = mustUserId(member);
  const isBanned = member.standing.participant?.state === 'banned';
  if (authorId === userId && !isBanned) return;
  throw new SkeinError(
    'forbidden',
    'Only its author, and the owner and moderators of the thread, read the revisions of an item.',
  );
}

/** The original, and after it its revisions. */
async function scanFamily(
  { core }: Visiting,
  head: ThreadRow,
  { id }: ItemRow,
  range: RowRange,
): Promise<LogRow[]> {
  const { after: [after] = [], before: [before] = [], reverse, limit } = range;
  const isWithin = !(after !== undefined && after >= id) && !(before !== undefined && before <= id);
  const original = isWithin ? await findItem(core.records, head, id) : undefined;
  const index = { name: 'byOriginal', value: id };
  const revisions = await scanLog(core.records, head, { ...logRange(head, range), index });
  const first = original ? [original] : [];
  return (reverse ? [...revisions, ...first] : [...first, ...revisions]).slice(0, limit);
}

/** As the log shows them, without what people have attached to the item as it is now. */
async function presentFamily(
  reading: Visiting,
  head: ThreadRow,
  rows: readonly LogRow[],
): Promise<(Item | undefined)[]> {
  const seen = await viewRows(reading, head, 'log', rows);
  return seen.map((row) => {
    if (row === undefined) return undefined;
    const { original, shown } = row;
    // Where only the public view is inherited, a revision stands in the place of its original.
    const isListed = shown.id !== original.id && !stretchOf(head, shown.id).limited;
    return isListed ? undefined : presentItem(shown, head.id);
  });
}
