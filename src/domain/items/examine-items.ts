import { countsAsMessage } from '../../records/message-position.ts';
import { put } from '../../records/records.ts';
import {
  changes,
  items,
  reactionCounts,
  type Annotations,
  type ChangeRow,
  type ItemRow,
  type ThreadRow,
} from '../../records/tables.ts';
import type { ThreadExamination } from '../base/examination.ts';
import { expectedHead, inheritedEnd, LogSummary } from '../head/expected-head.ts';
import { isLost } from '../log/item-log.ts';

/** Examines the log itself, and the columns of the head that follow from it. */
export async function examineItems(exam: ThreadExamination): Promise<void> {
  const log = new LogSummary(exam.head, exam.isRebuilding);
  const end = inheritedEnd(exam.head);
  for await (const row of exam.rows(items)) {
    // This is a copy below a fork point that is still shared.
    if (end !== undefined && row.id <= end) continue;
    await examineOrder(exam, log, row);
    await examineItem(exam, log, row);
    log.add(row);
  }
  await examineHead(exam, log);
  for await (const row of exam.rows(changes)) await examineChange(exam, row);
}

async function examineOrder(exam: ThreadExamination, log: LogSummary, row: ItemRow): Promise<void> {
  const { lastPosition, lastVersion } = log;
  if (!isNext(exam.head, log, row)) {
    const detail = `item ${row.id} has position ${row.position} after ${lastPosition}`;
    await exam.found('order', detail);
  }
  await examinePosition(exam, log, row);
  if (row.commitVersion < lastVersion) {
    const detail = `item ${row.id} has a version before that of the item before it`;
    await exam.found('order', detail);
  }
}

/** Positions of messages never fall, and rise by one at most, whatever was hidden since. */
async function examinePosition(
  exam: ThreadExamination,
  { messagePosition: last, lastPosition }: LogSummary,
  row: ItemRow,
): Promise<void> {
  const { messagePosition } = row;
  // A gap in the log takes positions with it.
  if (last === undefined || row.position - 1 !== lastPosition) return;
  if (messagePosition === last || messagePosition === last + 1) return;
  const expected = last + (countsAsMessage(row) ? 1 : 0);
  const detail = `item ${row.id} has the message position ${messagePosition} after ${last}`;
  await exam.found('derived', detail, () =>
    exam.records.commit({ puts: [put(items, { ...row, messagePosition: expected }, row)] }),
  );
}

/**
 * Whether an item follows the previous one. Some items of a deleted source may be missing in a
 * fork.
 */
function isNext(head: ThreadRow, { lastId, lastPosition }: LogSummary, row: ItemRow): boolean {
  if (lastPosition === undefined || lastId === undefined) return true;
  const isAfterCopy = head.forkedItemId !== undefined && lastId <= head.forkedItemId;
  return isAfterCopy ? row.position > lastPosition : row.position === lastPosition + 1;
}

async function examineItem(exam: ThreadExamination, log: LogSummary, row: ItemRow): Promise<void> {
  if (row.key !== undefined) await examineKey(exam, row, row.key);
  for (const name of ['parentId', 'replacesId', 'originalId'] as const) {
    const id = row[name];
    if (id === undefined || log.recent.some((other) => other.id === id)) continue;
    if (!(await isLost(exam.records, exam.head, id))) continue;
    await exam.found(
      'reference',
      `item ${row.id} names ${id} as its ${name}, which does not exist`,
    );
  }
  await examineRevision(exam, row);
  await examineAnnotations(exam, row);
}

/** The emoji that an item names are those of its reactions; the other way round, see there. */
async function examineAnnotations(exam: ThreadExamination, row: ItemRow): Promise<void> {
  const { threadId, id, annotations } = row;
  const named = annotations?.emoji ?? [];
  const keys = named.map((emoji) => [threadId, id, emoji]);
  const counted = await exam.records.getExisting(reactionCounts, keys);
  if (counted.length === keys.length) return;
  const emoji = named.filter((one) => counted.some((count) => count.emoji === one));
  const { emoji: _before, ...rest } = annotations ?? {};
  const left: Annotations = { ...rest, ...(emoji.length > 0 && { emoji }) };
  const mended = { ...row, annotations: Object.keys(left).length > 0 ? left : undefined };
  await exam.found('derived', `item ${id} names reactions that it has not`, () =>
    exam.records.commit({ puts: [put(items, mended, row)] }),
  );
}

async function examineKey(exam: ThreadExamination, row: ItemRow, key: string): Promise<void> {
  const prefix = [row.threadId, key];
  const others = await exam.records.scan(items, { index: 'byKey', prefix, limit: 100 });
  // A user may choose a key that a private item of another has.
  const found = others.filter(({ authorId }) => authorId === row.authorId);
  if (found.length === 1) return;
  const detail = `item ${row.id} is ${found.length === 0 ? 'not' : 'not alone'} under its key`;
  // If `replaces` has no key, an engine that writes only changed entries writes this one.
  const repair = () => exam.records.commit({ puts: [put(items, row, { ...row, key: undefined })] });
  await exam.found('key', detail, found.length === 0 ? repair : undefined);
}

/** An edited item must name its newest revision. */
async function examineRevision(exam: ThreadExamination, row: ItemRow): Promise<void> {
  const { threadId, id, originalId = id, replacedById } = row;
  if (replacedById === undefined || !(await isLost(exam.records, exam.head, replacedById))) return;
  const prefix = [threadId, originalId];
  const range = { index: 'byOriginal', prefix, after: [id], reverse: true, limit: 1 };
  const [newest] = await exam.records.scan(items, range);
  const detail = `item ${id} names the revision ${replacedById}, which does not exist`;
  await exam.found('derived', detail, () =>
    exam.records.commit({ puts: [put(items, { ...row, replacedById: newest?.id }, row)] }),
  );
}

async function examineHead(exam: ThreadExamination, log: LogSummary): Promise<void> {
  const { head } = exam;
  const expected = await expectedHead(exam.records, head, log);
  const wrong = Object.entries(expected).filter(
    ([name, value]) => head[name as keyof ThreadRow] !== value, // the names are those of a head
  );
  if (wrong.length === 0) return;
  const parts = wrong.map(([name, value]) => `${name} should be ${JSON.stringify(value)}`);
  await exam.found('head', parts.join(', '), () => exam.updateHead(expected));
}

async function examineChange(exam: ThreadExamination, row: ChangeRow): Promise<void> {
  // One about a user, or a reaction, has no `itemId`.
  for (const id of [row.itemId || undefined, row.revisionId, row.reactedId]) {
    if (id === undefined || !(await isLost(exam.records, exam.head, id))) continue;
    await exam.found('reference', `change ${row.version} is of ${id}, which does not exist`);
  }
}
