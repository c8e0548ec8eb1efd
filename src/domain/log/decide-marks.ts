/**
 * Answers of older versions do not say whether they saw something private (`sawPrivate`). One
 * counts as if it had where a private item comes before it in the log. Which one comes first never
 * changes, so each process looks for it once a thread, and only where such an answer is read by
 * others than the thread's owner, or for others.
 */
import { items, type ItemRow, type ThreadRow } from '../../records/tables.ts';
import type { ItemId } from '../../shared/ids.ts';
import { LruMap } from '../../shared/lru-map.ts';
import type { Core } from '../base/core.ts';
import type { Stretch } from '../base/hooks.ts';
import { perStore } from '../base/per-store.ts';
import { findItem, stretchesOf, throughId } from './item-log.ts';

/** Whether a row is what a model or a tool has made, and does not say what they saw. */
export function isUndecided({ role, sawPrivate, private: isPrivate }: ItemRow): boolean {
  return sawPrivate === undefined && !isPrivate && (role === 'assistant' || role === 'tool');
}

/**
 * The same rows, each with its mark. One that is marked has the user whom it answers as its
 * author.
 */
export async function decideMarks(
  core: Core,
  head: ThreadRow,
  rows: readonly ItemRow[],
): Promise<readonly ItemRow[]> {
  if (!rows.some(isUndecided)) return rows;
  const decided: ItemRow[] = [];
  for (const row of rows) decided.push(await decideMark(core, head, row));
  return decided;
}

/** Likewise, of one row. */
export async function decideMark(core: Core, head: ThreadRow, row: ItemRow): Promise<ItemRow> {
  if (!isUndecided(row)) return row;
  if (!(await isAfterPrivate(core, head, row.id))) return { ...row, sawPrivate: false };
  const { parentId } = row;
  const asked = parentId === undefined ? undefined : await findItem(core.records, head, parentId);
  return { ...row, sawPrivate: true, authorId: row.authorId ?? asked?.row.authorId };
}

/** Whether a private item comes before an item; also where that would take too long to find out. */
export async function isAfterPrivate(
  core: Core,
  head: ThreadRow,
  itemId: ItemId,
): Promise<boolean> {
  for (const stretch of stretchesOf(head)) {
    if (stretch.after !== undefined && stretch.after >= itemId) return false;
    const { through = itemId } = stretch;
    const end = through < itemId ? throughId(through) : itemId;
    if (await hasPrivateBefore(core, stretch, end)) return true;
  }
  return false;
}

/** How far the items of a thread were looked at, and the first of them that is private. */
interface Look {
  readonly through: string;
  readonly firstId: ItemId | undefined;
}

/**
 * By thread and where the stretch begins: a fork may get copies of what it inherited before that.
 */
const looksOf = perStore(() => new LruMap<string, Look>(looksMax));
const looksMax = 10_000;

async function hasPrivateBefore(
  core: Core,
  { threadId, after }: Stretch,
  end: string,
): Promise<boolean> {
  const begin: string = after ?? '';
  const name = `${threadId} ${begin}`;
  const known = looksOf(core).get(name) ?? { through: begin, firstId: undefined };
  if (known.firstId !== undefined) return known.firstId < end;
  const look = await lookOn(core, threadId, known, end);
  looksOf(core).set(name, look);
  return look.firstId !== undefined ? look.firstId < end : look.through < end;
}

async function lookOn(
  core: Core,
  threadId: string,
  { through: from }: Look,
  end: string,
): Promise<Look> {
  let through = from;
  for (let page = 0; page < pagesMax && through < end; page++) {
    const rows = await core.records.scan(items, {
      prefix: [threadId],
      ...(through !== '' && { after: [through] }),
      before: [end],
      limit: pageRows,
    });
    const first = rows.find((row) => row.private);
    if (first) return { through: first.id, firstId: first.id };
    through = rows.length < pageRows ? end : rows.at(-1)!.id; // a full page is not empty
  }
  return { through, firstId: undefined };
}

const pageRows = 1000;
const pagesMax = 100;
