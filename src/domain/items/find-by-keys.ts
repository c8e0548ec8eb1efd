import { SkeinError } from '../../shared/error.ts';
import { jsonEqual } from '../../shared/json.ts';
import type { ItemRow } from '../../records/tables.ts';
import type { ItemContent } from '../../records/thread-draft.ts';
import type { Drafting, Writing } from '../base/core.ts';
import { scanLog } from '../log/item-log.ts';
import { isKeptFrom } from '../log/kept-from.ts';
import type { PreparedItem } from '../log/prepare-item.ts';

/**
 * Finds the items that already have these keys, a few lookups at a time: each lookup holds blocks
 * of the store in memory, and a thousand concurrent ones, in several requests, took a hundred
 * megabytes.
 */
export async function findByKeys(
  writing: Writing,
  prepared: readonly PreparedItem[],
): Promise<(ItemRow | undefined)[]> {
  const found: (ItemRow | undefined)[] = [];
  for (let i = 0; i < prepared.length; i += lookupsAtOnce) {
    const step = prepared.slice(i, i + lookupsAtOnce);
    const lookups = step.map(async ({ content }) => {
      const { key } = content;
      return key === undefined ? undefined : findKnownByKey(writing, key, content);
    });
    found.push(...(await Promise.all(lookups)));
  }
  return found;
}

const lookupsAtOnce = 16;

/**
 * The item that has the key, for a caller that wants to use it. One that is kept from the caller is
 * as if it were not there, or an answer would tell that there is one: the key is then free. A retry
 * finds its own item all the same, though it was hidden since.
 */
export async function findKnownByKey(
  writing: Writing,
  key: string,
  content?: ItemContent,
): Promise<ItemRow | undefined> {
  const first = await findByKey(writing, key);
  if (first === undefined || (await isKnown(writing, first, content))) return first;
  for (const row of await listByKey(writing, key)) {
    if (await isKnown(writing, row, content)) return row;
  }
  return undefined;
}

async function isKnown(writing: Writing, row: ItemRow, content?: ItemContent): Promise<boolean> {
  if (content && isSameContent(row, content)) return true;
  return !(await isKeptFrom(writing, writing.draft.head, row));
}

/**
 * Whether an answer may have this key: no item of its author has it, nor one that all readers see.
 */
export async function isKeyFree(
  drafting: Drafting,
  key: string,
  { authorId }: Pick<ItemContent, 'authorId'>,
): Promise<boolean> {
  const rows = await listByKey(drafting, key);
  return rows.every((row) => row.authorId !== authorId && isConfidential(row));
}

function isConfidential({ private: isPrivate, sawPrivate, visibility }: ItemRow): boolean {
  return isPrivate || sawPrivate === true || visibility !== 'visible';
}

/** All that have the key, oldest first: at most one of each author. */
async function listByKey({ core, draft }: Drafting, key: string): Promise<ItemRow[]> {
  const index = { name: 'byKey', value: key } as const;
  const stored = await scanLog(core.records, draft.head, { index, limit: authorsMax });
  const rows = stored.map(({ row }) => draft.findItem(row.id) ?? row);
  return [...rows, ...draft.listItemsByKey(key)];
}

/** Of more authors of private items with one key, some are not found, and the key is free. */
const authorsMax = 100;

/** The item that already has the key, if any. Inherited items keep their keys in a fork. */
export async function findByKey(
  { core, draft }: Drafting,
  key: string,
): Promise<ItemRow | undefined> {
  const pending = draft.findItemByKey(key);
  if (pending !== undefined || draft.isNew) return pending;
  const [found] = await scanLog(core.records, draft.head, {
    index: { name: 'byKey', value: key },
    limit: 1,
  });
  return found && (draft.findItem(found.row.id) ?? found.row);
}

export function mustBeSame(row: ItemRow, { content, path }: PreparedItem): ItemRow {
  if (row.redactedAt !== undefined || isSameContent(row, content)) return row;
  throw new SkeinError(
    'key_conflict',
    `${path}: the key was used for an item with other content.`,
    {
      issues: [{ path: `${path}.key`, message: 'was used for an item with other content' }],
    },
  );
}

/**
 * Whether a retry has the same content. Times and request ids differ, and the visibility may have
 * been changed since.
 */
function isSameContent(row: ItemRow, content: ItemContent): boolean {
  return (
    row.role === content.role &&
    isSameAuthor(row, content) &&
    row.runId === content.runId &&
    row.spanId === content.spanId &&
    row.parentId === content.parentId &&
    row.replacesId === content.replacesId &&
    (row.private === content.private || row.replacesId !== undefined) && // a revision inherits it
    row.attempt === content.attempt &&
    jsonEqual(row.parts, content.parts) &&
    jsonEqual(row.metadata, content.metadata)
  );
}

/** What answers a user that asked in private has that user as its author where none was named. */
function isSameAuthor(row: ItemRow, { authorId }: ItemContent): boolean {
  return row.authorId === authorId || (row.sawPrivate === true && authorId === undefined);
}
