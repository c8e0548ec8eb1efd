import { compareUtf8 } from '../../shared/bytes.ts';
import { deletion, put } from '../../records/records.ts';
import {
  items,
  overlays,
  reactionCounts,
  reactions,
  type Annotations,
  type ReactionCountRow,
  type ReactionRow,
} from '../../records/tables.ts';
import type { ItemId } from '../../shared/ids.ts';
import type { ThreadExamination } from '../base/examination.ts';
import { isLost } from '../log/item-log.ts';
import { firstMax } from './reaction-rows.ts';

/** The reactions to one item with one emoji, as they are. */
interface Group {
  readonly itemId: ItemId;
  readonly emoji: string;
  count: number;
  /** Those who reacted first. */
  first: ReactionRow[];
}

/** Reactions are counted again: their counts, and what items say of them, follow from them. */
export async function examineReactions(exam: ThreadExamination): Promise<void> {
  const counts = exam.rows(reactionCounts)[Symbol.asyncIterator]();
  let counted = await counts.next();
  for await (const group of groupsOf(exam.rows(reactions))) {
    while (!counted.done && orderOf(counted.value, group) < 0) {
      await foundUncounted(exam, counted.value);
      counted = await counts.next();
    }
    const isSame = !counted.done && orderOf(counted.value, group) === 0;
    await examineCount(exam, group, isSame ? counted.value : undefined);
    await examineItem(exam, group);
    if (isSame) counted = await counts.next();
  }
  for (; !counted.done; counted = await counts.next()) await foundUncounted(exam, counted.value);
}

/** The rows come in the order of their keys, so that those of a group stand together. */
async function* groupsOf(rows: AsyncIterable<ReactionRow>): AsyncGenerator<Group> {
  let group: Group | undefined;
  for await (const row of rows) {
    if (group && orderOf(group, row) !== 0) {
      yield group;
      group = undefined;
    }
    group ??= { itemId: row.itemId, emoji: row.emoji, count: 0, first: [] };
    group.count++;
    group.first = [...group.first, row]
      .toSorted((a, b) => a.reactedAt - b.reactedAt)
      .slice(0, firstMax);
  }
  if (group) yield group;
}

type ToItem = Pick<ReactionRow, 'itemId' | 'emoji'>;

function orderOf(a: ToItem, b: ToItem): number {
  return compareUtf8(a.itemId, b.itemId) || compareUtf8(a.emoji, b.emoji);
}

function nameOf({ itemId, emoji }: ToItem): string {
  return `the reactions ${emoji} to ${itemId}`;
}

async function foundUncounted(exam: ThreadExamination, row: ReactionCountRow): Promise<void> {
  const { threadId, itemId, emoji } = row;
  await exam.found('derived', `${nameOf(row)} are counted, and there are none`, () =>
    exam.records.commit({ deletes: [deletion(reactionCounts, [threadId, itemId, emoji], row)] }),
  );
}

async function examineCount(
  exam: ThreadExamination,
  group: Group,
  row: ReactionCountRow | undefined,
): Promise<void> {
  const { itemId, emoji, count } = group;
  const threadId = exam.head.id;
  if (row?.count === count && (await hasReacted(exam, row))) return;
  const first = group.first.map(({ userId }) => userId);
  const version = (row?.version ?? 0) + 1;
  const expected: ReactionCountRow = { threadId, itemId, emoji, count, first, version };
  const detail = `${nameOf(group)} are ${count}, and counted as ${row?.count ?? 0}`;
  await exam.found('derived', detail, () =>
    exam.records.commit({ puts: [put(reactionCounts, expected, row ?? null)] }),
  );
}

/** Whether those who are named as the first have reacted. */
async function hasReacted(exam: ThreadExamination, row: ReactionCountRow): Promise<boolean> {
  const { threadId, itemId, emoji, first, count } = row;
  if (new Set(first).size !== Math.min(firstMax, count)) return false;
  const keys = first.map((userId) => [threadId, itemId, emoji, userId]);
  return (await exam.records.getExisting(reactions, keys)).length === keys.length;
}

/** The item is there, and names the emoji: only so the reactions are read with it. */
async function examineItem(exam: ThreadExamination, group: Group): Promise<void> {
  const { records, head } = exam;
  const { itemId, emoji } = group;
  if (await isLost(records, head, itemId)) {
    await exam.found('reference', `${nameOf(group)} are to an item that does not exist`);
    return;
  }
  const row = await records.get(items, [head.id, itemId]);
  const overlay = row ? undefined : await records.get(overlays, [head.id, itemId]);
  const annotations = (row ?? overlay)?.annotations;
  if (annotations?.emoji?.includes(emoji)) return;
  const named: Annotations = { ...annotations, emoji: [...(annotations?.emoji ?? []), emoji] };
  const key = { threadId: head.id, itemId };
  const mended = row
    ? put(items, { ...row, annotations: named }, row)
    : put(overlays, { ...key, ...overlay, annotations: named }, overlay ?? null);
  await exam.found('derived', `${nameOf(group)} are not named by the item`, async () => {
    await records.commit({ puts: [mended] });
    if (!row && !exam.head.overlaid) await exam.updateHead({ overlaid: true });
  });
}
