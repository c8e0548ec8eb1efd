import { SkeinError } from '../../shared/error.ts';
import { jsonEqual } from '../../shared/json.ts';
import type { ItemRow } from '../../records/tables.ts';
import type { ItemContent } from '../../records/thread-draft.ts';
import type { Drafting } from '../base/core.ts';
import { scanLog } from '../log/item-log.ts';
import type { PreparedItem } from '../log/prepare-item.ts';

/**
 * Finds the items that already have these keys, a few lookups at a time: each lookup holds blocks
 * of the store in memory, and a thousand concurrent ones, in several requests, took a hundred
 * megabytes.
 */
export async function findByKeys(
  drafting: Drafting,
  prepared: readonly PreparedItem[],
): Promise<(ItemRow | undefined)[]> {
  const found: (ItemRow | undefined)[] = [];
  for (let i = 0; i < prepared.length; i += lookupsAtOnce) {
    const step = prepared.slice(i, i + lookupsAtOnce);
    const lookups = step.map(async ({ content: { key } }) => {
      return key === undefined ? undefined : findByKey(drafting, key);
    });
    found.push(...(await Promise.all(lookups)));
  }
  return found;
}

const lookupsAtOnce = 16;

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
