import type { Page, PageOptions } from '../../api/page.ts';
import type { Receipt } from '../../api/reading-state.ts';
import type { ParticipantRow, ThreadRow } from '../../records/tables.ts';
import { SkeinError } from '../../shared/error.ts';
import type { ThreadIdText } from '../../shared/ids.ts';
import { isAgentId, mustKnowOptions } from '../../shared/validate.ts';
import { mustVisit } from '../access/authorize.ts';
import type { Reading } from '../base/core.ts';
import { paginate } from '../base/paginate.ts';
import { scanWithOwner } from '../participants/list-participants.ts';
import { isUnbounded } from '../participants/participant-rows.ts';
import { deliveredItemOf } from './mark-read.ts';
import { readPositionOf } from './read-position.ts';

/** See `ReadsApi.receipts`. */
export async function listReceipts(
  reading: Reading,
  threadId: ThreadIdText,
  options: PageOptions = {},
): Promise<Page<Receipt>> {
  const { core } = reading;
  const { head } = await mustVisit(reading, 'listParticipants', threadId);
  mustKnowOptions(options, { limit: true, after: true, before: true });
  if (isUnbounded(head)) {
    throw new SkeinError('forbidden', `A thread of the mode ${head.mode} has no receipts.`);
  }
  return paginate<ParticipantRow, Receipt>(
    {
      list: `receipts ${head.id}`,
      shape: ['string'],
      isDescending: false,
      scan: (range) => scanWithOwner(core, head, range),
      positionOf: ({ userId }) => [userId],
      present: (rows) => Promise.resolve(rows.map((row) => receiptOf(head, row))),
    },
    options,
  );
}

/** `undefined` for those who take part no longer, and agents. */
export function receiptOf(head: ThreadRow, row: ParticipantRow): Receipt | undefined {
  const { userId } = row;
  const takesPart = row.state === 'joined' || userId === head.ownerId;
  if (!takesPart || isAgentId(userId)) return undefined;
  const read = readPositionOf(head, userId, row);
  return {
    userId,
    readItemId: read.itemId ?? null,
    deliveredItemId: deliveredItemOf(row, read),
  };
}
