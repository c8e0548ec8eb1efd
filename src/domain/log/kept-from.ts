import type { ItemRow, ThreadRow } from '../../records/tables.ts';
import { invalid } from '../../shared/error.ts';
import { parseItemId, type ItemId } from '../../shared/ids.ts';
import { mayReadLog, seesAll } from '../access/authorize.ts';
import { mayDerive } from '../access/may-derive.ts';
import type { Visiting } from '../base/core.ts';
import { decideMark } from './decide-marks.ts';
import { findItem, stretchOf, type LogRow } from './item-log.ts';
import { viewRows } from './item-view.ts';

/**
 * Whether an item is kept from a caller, so that it is as if it were not there: it may not be
 * named, answered, or tied to something else. As the views have it (`item-view.ts`).
 */
export async function isKeptFrom(
  reading: Visiting,
  head: ThreadRow,
  row: ItemRow,
): Promise<boolean> {
  const { originalId = row.id } = row;
  if (stretchOf(head, originalId).limited) return !(await isSeen(reading, head, originalId));
  if (seesAll(reading.principal, head)) return false;
  if (!(await mayKnow(reading, head, row))) return true;
  if (row.private || row.sawPrivate) return false; // whom it is for finds it, hidden or not
  return row.visibility !== 'visible' && !mayReadLog(reading.principal);
}

/** Whether an item that something else names is one that is not kept private from the caller. */
export async function mayKnowItem(
  reading: Visiting,
  head: ThreadRow,
  itemId: ItemId,
): Promise<boolean> {
  if (seesAll(reading.principal, head)) return true;
  const found = await findItem(reading.core.records, head, itemId);
  return found === undefined || mayKnow(reading, head, found.row);
}

/**
 * The item that a list is asked by. One that is kept private from the caller is not in the thread.
 */
export async function mustKnowItem(
  reading: Visiting,
  head: ThreadRow,
  text: string,
  path: string,
): Promise<LogRow> {
  const id = parseItemId(text);
  const found = id && (await findItem(reading.core.records, head, id));
  const isOpen = seesAll(reading.principal, head);
  if (found && (isOpen || (await mayKnow(reading, head, found.row)))) return found;
  throw invalid(path, 'is not an item of this thread');
}

async function mayKnow(reading: Visiting, head: ThreadRow, row: ItemRow): Promise<boolean> {
  const { core, principal } = reading;
  const decided = await decideMark(core, head, row);
  if (mayDerive(decided, { principal, head })) return true;
  const { originalId } = row;
  if (originalId === undefined) return false;
  const original = await findItem(core.records, head, originalId);
  return mayDerive(decided, { principal, head }, original?.row);
}

async function isSeen(reading: Visiting, head: ThreadRow, originalId: ItemId): Promise<boolean> {
  const found = await findItem(reading.core.records, head, originalId);
  const [seen] = await viewRows(reading, head, 'log', found ? [found] : []);
  return seen !== undefined;
}
