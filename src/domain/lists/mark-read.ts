/** What users set of how far they have read. Each is one commit of one row. */
import type { ReadMark, ReadState } from '../../api/reading-state.ts';
import { headPosition, itemPosition } from '../../records/message-position.ts';
import type { ItemRow, ParticipantRow, ThreadRow } from '../../records/tables.ts';
import { invalid } from '../../shared/error.ts';
import { parseItemId, publicThreadId, type ThreadIdText } from '../../shared/ids.ts';
import { mustKnownKeys } from '../../shared/validate.ts';
import { authorize, mustTarget, mustUserId } from '../access/authorize.ts';
import type { Drafting, Reading, Writing } from '../base/core.ts';
import { isPreviewable } from '../head/preview.ts';
import { mustFindInDraft } from '../items/append-items.ts';
import { scanLog } from '../log/item-log.ts';
import {
  newRow,
  ownerRow,
  participantIn,
  writeParticipant,
} from '../participants/participant-rows.ts';
import { readPositionOf, unreadAfter, type ReadPosition } from './read-position.ts';

/** See `ReadsApi.mark`. */
export function markRead(
  reading: Reading,
  threadId: ThreadIdText,
  mark: ReadMark,
): Promise<ReadState> {
  return writeMark(reading, threadId, mark, (_writing, { read, row, item }) => {
    const position = itemPosition(item);
    const isFurther =
      position > read.position || (position === read.position && item.id > (read.itemId ?? ''));
    if (!isFurther) return undefined;
    return { ...row, readPosition: position, readItemId: item.id, ...delivered(row, item) };
  });
}

/** See `ReadsApi.markDelivered`. */
export function markDelivered(
  reading: Reading,
  threadId: ThreadIdText,
  mark: ReadMark,
): Promise<ReadState> {
  return writeMark(reading, threadId, mark, (_writing, { row, item }) =>
    item.id > (row.deliveredItemId ?? '') ? { ...row, ...delivered(row, item) } : undefined,
  );
}

/** See `ReadsApi.markUnread`. */
export function markUnread(
  reading: Reading,
  threadId: ThreadIdText,
  mark: ReadMark,
): Promise<ReadState> {
  return writeMark(reading, threadId, mark, async (writing, { read, row, item }) => {
    const before = await readBefore(writing, item);
    if (before.position >= read.position) return undefined;
    const { position: readPosition, itemId: readItemId } = before;
    return { ...row, readPosition, readItemId, unreadPosition: headPosition(writing.draft.head) };
  });
}

/** The row as it is to be; `undefined` if it stays. */
type Change = ParticipantRow | undefined;

/** What a mark is made of: how far the user has read, their row, and the item. */
interface Marking {
  readonly read: ReadPosition;
  readonly row: ParticipantRow;
  readonly item: ItemRow;
}

async function writeMark(
  reading: Reading,
  threadId: ThreadIdText,
  mark: ReadMark,
  change: (writing: Writing, marking: Marking) => Change | Promise<Change>,
): Promise<ReadState> {
  const { core, principal } = reading;
  const id = mustTarget(reading, threadId);
  const userId = mustUserId(principal);
  mustKnownKeys(mark, new Set(['itemId']), '');
  const itemId = parseItemId(mark.itemId);
  if (itemId === undefined) throw invalid('itemId', 'must be the id of an item of this thread');
  return core.writer.write(id, async (draft) => {
    const writing = await authorize({ core, principal, draft }, 'markRead');
    const found = await mustFindInDraft(writing, itemId, 'itemId');
    const { originalId } = found;
    // A revision stands in the place of its original.
    const item = originalId ? await mustFindInDraft(writing, originalId, 'itemId') : found;
    const stored = await participantIn(writing, userId);
    const row = stored ?? firstRow(draft.head, userId);
    const read = readPositionOf(draft.head, userId, row);
    const changed = await change(writing, { read, row, item });
    if (changed) draft.tell({ kind: 'read', id: userId, lastsMs: 0 });
    const kept = changed ? writeParticipant(draft, changed, stored) : row;
    return presentReadState(draft.head, kept);
  });
}

/** The row of one who takes part without one, or who only reads: that gives no rights. */
function firstRow(head: ThreadRow, userId: string): ParticipantRow {
  return userId === head.ownerId ? ownerRow(head) : newRow(head, userId);
}

function delivered(
  { deliveredItemId }: ParticipantRow,
  { id }: ItemRow,
): Pick<ParticipantRow, 'deliveredItemId'> {
  const isFurther = deliveredItemId === undefined || id > deliveredItemId;
  return { deliveredItemId: isFurther ? id : deliveredItemId };
}

/** How far one has read who has not read this item; names the last item that people see there. */
async function readBefore({ core, draft }: Drafting, item: ItemRow): Promise<ReadPosition> {
  const range = { before: item.id, reverse: true, limit: rowsNamedMax };
  const stored = await scanLog(core.records, draft.head, range);
  const appended = draft.appended.filter(({ id }) => id < item.id).toReversed();
  const rows = [...appended, ...stored.map(({ row }) => row)];
  const [last] = rows;
  if (last === undefined) return { position: 0, itemId: undefined };
  const shown = rows.find((row) => isPreviewable(row) && row.originalId === undefined);
  return { position: itemPosition(last), itemId: shown?.id };
}

/** How far back an item is looked for that people see. */
const rowsNamedMax = 20;

function presentReadState(head: ThreadRow, row: ParticipantRow): ReadState {
  const read = readPositionOf(head, row.userId, row);
  return {
    threadId: publicThreadId(head.id),
    readItemId: read.itemId ?? null,
    deliveredItemId: deliveredItemOf(row, read),
    unread: unreadAfter(head, read),
  };
}

/** What was read has been delivered. */
export function deliveredItemOf(
  { deliveredItemId }: Pick<ParticipantRow, 'deliveredItemId'>,
  { itemId }: ReadPosition,
): ReadState['deliveredItemId'] {
  if (deliveredItemId === undefined) return itemId ?? null;
  return itemId !== undefined && itemId > deliveredItemId ? itemId : deliveredItemId;
}
