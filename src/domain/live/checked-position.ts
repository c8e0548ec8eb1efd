/**
 * Where a reader may go on. A thread may have been restored from an earlier state since its cursor
 * was given: then the reader knows of items and changes that were lost, and takes those that came
 * instead for them. So the item and the change that it stands behind must be there. If they are,
 * so is what came before them, and the reader goes on with all that follows.
 */
import { changeMark, parseChangeMark } from '../../records/change-mark.ts';
import { changes, type ChangeRow, type ThreadRow } from '../../records/tables.ts';
import { invalid } from '../../shared/error.ts';
import { parseItemId } from '../../shared/ids.ts';
import type { Core } from '../base/core.ts';
import { isLost } from '../log/item-log.ts';
import type { LivePosition } from '../log/live-cursor.ts';

/** Throws `invalid_request` for a position that is not one of this history of the thread. */
export async function checkedPosition(
  core: Core,
  head: ThreadRow,
  position: LivePosition,
): Promise<LivePosition> {
  const isAhead = position.version > head.version || position.itemId > (head.lastItemId ?? '');
  if (isAhead) throw invalid('after', 'is ahead of the thread');
  const itemId = parseItemId(position.itemId);
  const isItemLost = itemId && (await isLost(core.records, head, itemId));
  if (isItemLost) throw invalid('after', 'is after an item that the thread no longer has');
  const marked = await withLastChange(core, head, position);
  // Cursors of older versions do not tell it.
  if (marked.lastChange !== (position.lastChange ?? marked.lastChange)) {
    throw invalid('after', 'is after a change that the thread no longer has');
  }
  const { isHeadTold, version, headAt = head.updatedAt } = marked;
  const isOtherHead = version === head.version && headAt !== head.updatedAt;
  return { ...marked, isHeadTold: isHeadTold && !isOtherHead };
}

/** A position with the change behind it. */
export async function withLastChange(
  core: Core,
  head: ThreadRow,
  position: LivePosition,
): Promise<LivePosition> {
  const last = await changeBehind(core, head, position);
  return { ...position, lastChange: last === undefined ? '' : changeMark(last) };
}

/** Up to which version the reader has all changes: what it knows of the head is no change. */
export function changesReadTo({ version, lastChange }: LivePosition): number {
  return Math.min(version, parseChangeMark(lastChange ?? '')?.version ?? version);
}

/** The change that the reader says it stands behind, or else the last one before its version. */
async function changeBehind(
  { records }: Core,
  head: ThreadRow,
  { version, lastChange = '' }: LivePosition,
): Promise<ChangeRow | undefined> {
  const named = parseChangeMark(lastChange);
  if (named) return records.get(changes, [head.id, named.version]);
  const [last] = await records.scan(changes, {
    prefix: [head.id],
    before: [version + 1],
    reverse: true,
    limit: 1,
  });
  return last;
}
