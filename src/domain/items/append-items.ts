import { invalid, SkeinError } from '../../shared/error.ts';
import type { ItemId, ThreadIdText } from '../../shared/ids.ts';
import type { ItemRow } from '../../records/tables.ts';
import { authorize, maySpeakForAll, mustTarget } from '../access/authorize.ts';
import type { Drafting, Reading, Requesting, Writing } from '../base/core.ts';
import type { Outcome, ThreadWriteOptions, VersionOptions } from '../../api/write-options.ts';
import { requestKey, stampOf } from '../requests/idempotency.ts';
import { mustMatchVersion } from '../requests/must-match-version.ts';
import { writeOnce } from '../requests/write-once.ts';
import { findInDraft } from '../log/draft-items.ts';
import type { Item, NewItem } from '../../api/item.ts';
import { isKeptFrom } from '../log/kept-from.ts';
import { prepareItems, type PreparedItem } from '../log/prepare-item.ts';
import { mayInheritMark } from './inherit-mark.ts';
import { presentItem } from './present-item.ts';
import { appendOne, appendNew } from './append-to-draft.ts';
import { findByKeys, mustBeSame } from './find-by-keys.ts';

/** Appends items to a thread, all in one commit. See `ItemsApi.append`. */
export async function appendItems(
  reading: Reading,
  threadId: ThreadIdText,
  inputs: readonly NewItem[],
  { ifVersion, ...options }: ThreadWriteOptions = {},
): Promise<Outcome<Item[]>> {
  const { core, principal } = reading;
  const thread = mustTarget(reading, threadId);
  const prepared = prepareItems(reading, inputs, stampOf(core, options));
  if (prepared.length === 0) return { data: [], replayed: false };
  const { rows, replayed } = await writeOnce<Appended>(reading, {
    thread,
    request: requestKey(principal, options, () => ({ append: inputs })),
    weight: prepared.reduce((sum, item) => sum + item.weight, 0),
    mustBeAllowed: (requesting) => mustAppend(requesting, prepared),
    write: (writing) => appendStep(writing, prepared, ifVersion),
    idsOf: ({ rows }) => rows.map((row) => row.id),
    recall: async (writing, ids) => ({ rows: await rowsOf(writing, ids), replayed: true }),
  });
  return { data: rows.map((row) => presentItem(row, thread)), replayed };
}

/** Items that are now in the draft, or that existed before (`replayed`). */
export interface Appended {
  readonly rows: readonly ItemRow[];
  readonly replayed: boolean;
}

/** Synchronous for the owner of an assistant's thread: see `authorize`. */
export function mustAppend(
  requesting: Requesting,
  prepared: readonly PreparedItem[],
): Writing | Promise<Writing> {
  const asking = authorize(requesting, 'append');
  if (asking instanceof Promise) {
    return asking.then((writing) => mustSpeakForSelf(writing, prepared));
  }
  return mustSpeakForSelf(asking, prepared);
}

/** Synchronous in the common case, without keys and references. */
function appendStep(
  writing: Writing,
  prepared: readonly PreparedItem[],
  ifVersion: VersionOptions['ifVersion'],
): Appended | Promise<Appended> {
  if (!prepared.every(isPlain)) return appendPrepared(writing, prepared, ifVersion);
  mustMatchVersion(writing.draft.head, ifVersion);
  const contents = prepared.map(({ content }) => content);
  const rows = appendNew(writing, contents);
  if (rows instanceof Promise) return rows.then((rows) => ({ rows, replayed: false }));
  return { rows, replayed: false };
}

function isPlain({ content }: PreparedItem): boolean {
  const { key, parentId, replacesId } = content;
  return (key ?? parentId ?? replacesId) === undefined && !mayInheritMark(content);
}

/**
 * Appends those of these items that are new, and finds the others by their keys. The version counts
 * only if there are new ones.
 */
export async function appendPrepared(
  writing: Writing,
  prepared: readonly PreparedItem[],
  ifVersion?: VersionOptions['ifVersion'],
): Promise<Appended> {
  const existing = await findByKeys(writing, prepared);
  const fresh = prepared.filter((_, i) => existing[i] === undefined);
  if (fresh.length > 0) mustMatchVersion(writing.draft.head, ifVersion);
  await Promise.all(fresh.map((item) => mustRefer(writing, item)));
  const rows = await appendFresh(writing, prepared, existing);
  return { rows, replayed: fresh.length === 0 };
}

/** The rows in the order of the request: those found by key, and those newly appended. */
async function appendFresh(
  writing: Writing,
  prepared: readonly PreparedItem[],
  existing: readonly (ItemRow | undefined)[],
): Promise<ItemRow[]> {
  const firstByKey = new Map<string, ItemRow>();
  const rows: ItemRow[] = [];
  for (const [i, item] of prepared.entries()) {
    const { key } = item.content;
    const known = existing[i] ?? (key === undefined ? undefined : firstByKey.get(key));
    const row = known ? mustBeSame(known, item) : await appendOne(writing, item);
    if (key !== undefined) firstByKey.set(key, row);
    rows.push(row);
  }
  return rows;
}

/**
 * Only a server of the host, or the owner of a thread that is theirs alone, may write as the model,
 * the system or a tool, or what people do not see; for other users, of these owners, only that of
 * an assistant's thread.
 */
function mustSpeakForSelf(writing: Writing, prepared: readonly PreparedItem[]): Writing {
  const { principal, draft } = writing;
  const isFree = maySpeakForAll(principal, draft.head);
  const mayName = isFree && (principal.isServer || draft.head.mode === 'assistant');
  if (mayName) return writing;
  for (const { content, isForAnother, path } of prepared) {
    const { role, visibility, runId, sawPrivate } = content;
    const isOwnWord = role === 'user' && visibility === 'visible';
    const isOwn = isOwnWord && (runId ?? sawPrivate) === undefined;
    if (isForAnother || (!isOwn && !isFree)) {
      throw new SkeinError(
        'forbidden',
        `${path}: you write only for yourself here: visible items of the role user, with your own authorId and without runId. A server key may write the rest.`,
      );
    }
  }
  return writing;
}

async function mustRefer(writing: Writing, item: PreparedItem): Promise<void> {
  for (const field of ['parentId', 'replacesId'] as const) {
    const id = item.content[field];
    if (id !== undefined) await mustFindInDraft(writing, id, `${item.path}.${field}`);
  }
}

/** An item that the caller may name: one that is kept from it is as if it were not there. */
export async function mustFindInDraft(
  writing: Writing,
  id: ItemId,
  path: string,
): Promise<ItemRow> {
  const row = await findInDraft(writing, id);
  if (row && !(await isKeptFrom(writing, writing.draft.head, row))) return row;
  throw invalid(path, 'must be the id of an item of this thread');
}

async function rowsOf(drafting: Drafting, ids: readonly string[]): Promise<ItemRow[]> {
  // `writeOnce` has stored these ids; items never disappear from a thread.
  const rows = await Promise.all(ids.map((id) => findInDraft(drafting, id as ItemId)));
  return rows.filter((row) => row !== undefined);
}
