import type { Feedback, FeedbackListOptions } from '../../api/feedback.ts';
import type { Page } from '../../api/page.ts';
import { feedback, type FeedbackRow, type ThreadRow } from '../../records/tables.ts';
import { invalid } from '../../shared/error.ts';
import {
  parseItemId,
  type ItemId,
  type StoredThreadId,
  type ThreadIdText,
} from '../../shared/ids.ts';
import { mustBoolean, mustKnowOptions } from '../../shared/validate.ts';
import { mayLead, mustUserId } from '../access/authorize.ts';
import { readThread } from '../access/read-thread.ts';
import type { Core, Reading, Visiting } from '../base/core.ts';
import { paginate, type ListSource, type RowRange } from '../base/paginate.ts';
import { mustSeePlace } from '../items/annotated-item.ts';
import { findItem } from '../log/item-log.ts';
import { shownRevisions } from '../log/item-view.ts';
import { isKeptFrom } from '../log/kept-from.ts';
import { presentFeedback } from './set-feedback.ts';

/** See `FeedbackApi.list`. */
export function listFeedback(
  reading: Reading,
  threadId: ThreadIdText,
  options: FeedbackListOptions = {},
): Promise<Page<Feedback>> {
  return readThread(reading, threadId, async (head, visiting) => {
    mustKnowOptions(options, { limit: true, after: true, before: true, itemId: true, mine: true });
    const isOwn = options.mine !== undefined && mustBoolean(options.mine, 'mine');
    const { core, principal } = visiting;
    const userId = isOwn || !mayLead(principal) ? mustUserId(principal) : undefined;
    const { itemId } = options;
    if (itemId !== undefined && parseItemId(itemId) === undefined) {
      throw invalid('itemId', 'must be the id of an item of this thread');
    }
    const seen = itemId === undefined ? undefined : await mustSeePlace(visiting, head, itemId);
    const scan = scanOf(core, { threadId: head.id, itemId: seen?.original.id, userId });
    return paginate<FeedbackRow, Feedback>(
      {
        ...scan,
        isDescending: false,
        present: async (rows) => {
          const kept = await keptItems(visiting, head, rows);
          return rows.map((row) => (kept.has(row.itemId) ? undefined : presentFeedback(row)));
        },
      },
      options,
    );
  });
}

/** What a list has: of one thread, or one item in it, or one user. */
interface Wanted {
  readonly threadId: StoredThreadId;
  readonly itemId: ItemId | undefined;
  readonly userId: string | undefined;
}

/** Each is one scan of one partition, however much feedback others have given. */
function scanOf(
  { records }: Core,
  { threadId, itemId, userId }: Wanted,
): Pick<ListSource<FeedbackRow, Feedback>, 'list' | 'shape' | 'positionOf' | 'scan'> {
  const list = `feedback ${JSON.stringify([threadId, itemId ?? null, userId ?? null])}`;
  if (userId !== undefined) {
    const index = 'byUser';
    const prefix = [threadId, userId];
    return {
      list,
      shape: ['string'],
      positionOf: (row) => [row.itemId],
      scan: (range) =>
        itemId === undefined
          ? records.scan(feedback, { index, prefix, ...range })
          : readOne(records, [threadId, itemId, userId], range),
    };
  }
  if (itemId !== undefined) {
    return {
      list,
      shape: ['string'],
      positionOf: (row) => [row.userId],
      scan: (range) => records.scan(feedback, { prefix: [threadId, itemId], ...range }),
    };
  }
  return {
    list,
    shape: ['string', 'string'],
    positionOf: (row) => [row.itemId, row.userId],
    scan: (range) => records.scan(feedback, { prefix: [threadId], ...range }),
  };
}

/** A user's feedback on one item, in a page as of many. */
async function readOne(
  records: Core['records'],
  key: readonly [StoredThreadId, ItemId, string],
  { after, before }: RowRange,
): Promise<readonly FeedbackRow[]> {
  const [, itemId] = key;
  const isInside =
    (after === undefined || itemId > String(after[0])) &&
    (before === undefined || itemId < String(before[0]));
  const row = isInside ? await records.get(feedback, key) : undefined;
  return row ? [row] : [];
}

/** The items of these rows that are kept from the caller, as they are or as they were edited. */
async function keptItems(
  visiting: Visiting,
  head: ThreadRow,
  rows: readonly FeedbackRow[],
): Promise<ReadonlySet<ItemId>> {
  const { core } = visiting;
  const kept = new Set<ItemId>();
  for (const itemId of new Set(rows.map((row) => row.itemId))) {
    const found = await findItem(core.records, head, itemId);
    const shown = found ? await shownRevisions(core, head, [found]) : [];
    const family = found ? [found.row, ...shown] : [];
    const verdicts = await Promise.all(family.map((row) => isKeptFrom(visiting, head, row)));
    if (found === undefined || verdicts.includes(true)) kept.add(itemId);
  }
  return kept;
}
