/** The events of a thread for one reader, as far as it may know what they are about. */
import type { ChangeRow, ItemRow, ThreadRow } from '../../records/tables.ts';
import { mayReadLog, seesAll } from '../access/authorize.ts';
import type { Member } from '../base/member.ts';
import { mayDerive } from '../access/may-derive.ts';
import type { Visiting } from '../base/core.ts';
import { decideMark, isUndecided } from '../log/decide-marks.ts';
import { findItem, stretchOf, type LogRow } from '../log/item-log.ts';
import { asShown, isInView, shownRevisions, viewRows, type View } from '../log/item-view.ts';
import { seenParticipant } from '../participants/list-participants.ts';
import { presentChange, showItem } from '../items/present-item.ts';
import type { LiveEvent } from '../../api/live.ts';

/** A caller that follows a thread in a view. */
export interface Watching extends Visiting {
  readonly view: View;
}

/** The cursor after an event, and the version that the reader has reached with it. */
interface EventPosition {
  readonly cursor: string;
  readonly version: number;
}

/**
 * Amendments by a source before the fork are applied directly: its changes do not belong to this
 * thread.
 */
export async function itemEvent(
  watching: Watching,
  head: ThreadRow,
  row: ItemRow,
  { cursor, version }: EventPosition,
): Promise<LiveEvent | undefined> {
  const { core, principal } = watching;
  const logRow = { row, stretch: stretchOf(head, row.id) };
  const isOwn = logRow.stretch.through === undefined;
  const isEditedAway = row.replacedById !== undefined && !mayReadLog(principal);
  if (isOwn && !isEditedAway) {
    const viewer = { principal, head, view: watching.view };
    const isOpen = !isUndecided(row) || seesAll(principal, head);
    const shown = isOpen ? row : await decideMark(core, head, row);
    if (!isInView(viewer, logRow, shown)) return undefined;
    const item = await showItem(watching, head, asShown(viewer, logRow, shown));
    return { type: 'item', cursor, item };
  }
  const [seen] = await viewRows(watching, head, watching.view, [logRow]);
  // The change that follows tells what stands in the item's place.
  const isToldLater = isOwn && seen && seen.shown.commitVersion > version;
  if (!seen || isToldLater) return undefined;
  return { type: 'item', cursor, item: await showItem(watching, head, seen.shown) };
}

/**
 * A change includes what is now shown in the item's place, if the reader may see it. An item that
 * is kept from the reader is not named by a change, either, unless the change took it away.
 */
export async function changeEvent(
  watching: Watching,
  head: ThreadRow,
  row: ChangeRow,
  cursor: string,
): Promise<LiveEvent | undefined> {
  const { core, principal } = watching;
  if (row.type === 'reaction') return reactionEvent(watching, head, row, cursor);
  if (row.userId !== undefined) return participantEvent(watching, head, row.userId, cursor);
  const found = await findItem(core.records, head, row.itemId);
  const rows = found ? [found] : [];
  const [seen] = await viewRows(watching, head, watching.view, rows);
  if (!seen && (await isKept(watching, head, row, found))) return undefined;
  // The log shows each revision in its own place; the changed place shows the newest one.
  const [shown] = watching.view === 'log' ? await shownRevisions(core, head, rows) : [seen?.shown];
  const viewer = { principal, head, view: watching.view };
  const isShown = found && seen && shown;
  const item = isShown && (await showItem(watching, head, asShown(viewer, found, shown)));
  const change = presentChange(mayReadAll(principal, found) || item ? row : unrevised(row));
  return { type: 'change', cursor, change, ...(item && { item }) };
}

async function participantEvent(
  watching: Watching,
  head: ThreadRow,
  userId: string,
  cursor: string,
): Promise<LiveEvent | undefined> {
  const participant = await seenParticipant(watching, head, userId);
  return participant && { type: 'participant', cursor, participant };
}

/** For those who see the item, until it is redacted. */
async function reactionEvent(
  watching: Watching,
  head: ThreadRow,
  { reactedId: itemId, reaction, userId = '' }: ChangeRow,
  cursor: string,
): Promise<LiveEvent | undefined> {
  if (itemId === undefined || reaction === undefined) return undefined;
  const found = await findItem(watching.core.records, head, itemId);
  const [seen] = await viewRows(watching, head, watching.view, found ? [found] : []);
  if (seen === undefined || seen.shown.redactedAt !== undefined) return undefined;
  const isMine = userId === watching.principal.userId;
  const told = { itemId, ...reaction, userId, ...(isMine && ({ mine: true } as const)) };
  return { type: 'reaction', cursor, reaction: told };
}

/** Whether the reader never knew of an item that it does not see, or was told that it is gone. */
async function isKept(
  watching: Watching,
  head: ThreadRow,
  change: ChangeRow,
  found: LogRow | undefined,
): Promise<boolean> {
  const { core, principal } = watching;
  if (mayReadAll(principal, found)) return false;
  if (found === undefined) return true;
  const { row, stretch } = found;
  const isLimited = stretch.limited;
  const item = await decideMark(core, head, row);
  if (!mayDerive(item, { principal, head, isLimited })) return true;
  return row.visibility !== 'visible' && change.type !== 'visibility';
}

/** Whether the reader may read this part of the log with its revisions and hidden items. */
function mayReadAll(principal: Member, found: LogRow | undefined): boolean {
  return found?.stretch.limited !== true && mayReadLog(principal);
}

/** A revision that the reader does not see is not named. */
function unrevised({ revisionId: _revision, ...row }: ChangeRow): ChangeRow {
  return row;
}
