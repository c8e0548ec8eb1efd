import { invalid, SkeinError } from '../../shared/error.ts';
import type { ItemId } from '../../shared/ids.ts';
import { jsonEqual } from '../../shared/json.ts';
import type { ItemRow } from '../../records/tables.ts';
import type { ItemContent, ThreadDraft } from '../../records/thread-draft.ts';
import { authorize, isOwner, mustThreadId } from '../access/authorize.ts';
import type { Principal } from '../../api/principal.ts';
import type { Drafting, Reading, Writing } from '../base/core.ts';
import type { Outcome, WriteOptions } from '../../api/write-options.ts';
import { requestKey, stampOf } from '../requests/idempotency.ts';
import { writeOnce } from '../requests/write-once.ts';
import { isPreviewable, previewAfter } from '../head/preview.ts';
import { refreshTitle, titleFrom } from '../head/refresh-title.ts';
import { withOverlay, type Amendment } from '../log/amend-rows.ts';
import { findInDraft, putOverlay } from '../log/draft-items.ts';
import type { Item, NewItem } from '../../api/item.ts';
import { scanLog } from '../log/item-log.ts';
import { isKeptFrom } from '../log/kept-from.ts';
import { prepareItems, type PreparedItem } from '../log/prepare-item.ts';
import { inheritMark, markRevision, mayInheritMark } from './inherit-mark.ts';
import { presentItem } from './present-item.ts';
import { refreshPreview } from '../head/refresh-preview.ts';
import { changeVisibility } from './set-item-visibility.ts';

/** Appends items to a thread, all in one commit. See `ItemsApi.append`. */
export async function appendItems(
  reading: Reading,
  threadId: string,
  inputs: readonly NewItem[],
  options: WriteOptions = {},
): Promise<Outcome<Item[]>> {
  const { core, principal } = reading;
  const id = mustThreadId(threadId);
  const prepared = prepareItems(reading, inputs, stampOf(core, options));
  if (prepared.length === 0) return { data: [], replayed: false };
  const { rows, replayed } = await writeOnce<Appended>(reading, {
    threadId: id,
    request: requestKey(principal, id, options, () => ({ append: inputs })),
    weight: prepared.reduce((sum, item) => sum + item.weight, 0),
    mustBeAllowed: (writing) => mustAppend(writing, prepared),
    write: (writing) => appendStep(writing, prepared),
    idsOf: ({ rows }) => rows.map((row) => row.id),
    recall: async (writing, ids) => ({ rows: await rowsOf(writing, ids), replayed: true }),
  });
  return { data: rows.map((row) => presentItem(row, id)), replayed };
}

/** Items that are now in the draft, or that existed before (`replayed`). */
export interface Appended {
  readonly rows: readonly ItemRow[];
  readonly replayed: boolean;
}

/** Asynchronous only if the host must decide. */
export function mustAppend(
  writing: Writing,
  prepared: readonly PreparedItem[],
): void | Promise<void> {
  const asking = authorize(writing, 'append', writing.draft.head);
  if (asking) return asking.then(() => mustSpeakForSelf(writing, prepared));
  return mustSpeakForSelf(writing, prepared);
}

/** Synchronous in the common case, without keys and references. */
function appendStep(
  writing: Writing,
  prepared: readonly PreparedItem[],
): Appended | Promise<Appended> {
  if (!prepared.every(isPlain)) return appendPrepared(writing, prepared);
  const contents = prepared.map(({ content }) => content);
  const rows = appendNew(writing, contents);
  if (rows instanceof Promise) return rows.then((rows) => ({ rows, replayed: false }));
  return { rows, replayed: false };
}

function isPlain({ content }: PreparedItem): boolean {
  const { key, parentId, replacesId } = content;
  return (key ?? parentId ?? replacesId) === undefined && !mayInheritMark(content);
}

/** Appends those of these items that are new, and finds the others by their keys. */
export async function appendPrepared(
  writing: Writing,
  prepared: readonly PreparedItem[],
): Promise<Appended> {
  const existing = await findByKeys(writing, prepared);
  const fresh = prepared.filter((_, i) => existing[i] === undefined);
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

async function appendOne(writing: Writing, item: PreparedItem): Promise<ItemRow> {
  if (item.content.replacesId !== undefined) return appendRevision(writing, item);
  const content = await inheritMark(writing, item.content);
  return (await appendNew(writing, [content]))[0]!; // one in, one out
}

/** Asynchronous only if a noun's hook is. */
function appendNew(
  drafting: Drafting,
  contents: readonly ItemContent[],
): ItemRow[] | Promise<ItemRow[]> {
  const { draft } = drafting;
  const rows = draft.append(contents);
  const preview = previewAfter(draft.head, rows);
  if (preview) draft.head = { ...draft.head, ...preview, ...titleFrom(draft.head, rows) };
  const reacting = reactToAppend(drafting, rows);
  return reacting ? reacting.then(() => rows) : rows;
}

function reactToAppend(drafting: Drafting, rows: readonly ItemRow[]): Promise<void> | undefined {
  const { core } = drafting;
  let reacting: Promise<void> | undefined;
  for (const onAppend of core.hooks.onAppend) {
    if (reacting) reacting = reacting.then(() => onAppend(drafting, rows));
    else reacting = onAppend(drafting, rows) ?? undefined;
  }
  return reacting;
}

/**
 * Appends the answer of a model, which speaks for no user. If it replaces an item, it takes that
 * item's place. The start of the run has checked who may ask for it.
 */
export async function appendAnswer(drafting: Drafting, content: ItemContent): Promise<ItemRow> {
  const { core, draft } = drafting;
  if (content.replacesId === undefined) {
    const marked = await inheritMark(drafting, content);
    return (await appendNew(drafting, [marked]))[0]!; // one in, one out
  }
  const { projectId, ownerId: userId } = draft.head;
  const item = { content, hasVisibility: false, isForAnother: false, weight: 0, path: 'answer' };
  return appendRevision({ core, principal: { projectId, userId }, draft }, item);
}

/** An edit: appends the revision, and links the original and the previous revision to it. */
async function appendRevision(writing: Writing, item: PreparedItem): Promise<ItemRow> {
  const { principal, draft } = writing;
  const { path } = item;
  const replaced = (await findInDraft(writing, item.content.replacesId!))!; // mustRefer found it
  const originalId = replaced.originalId ?? replaced.id;
  const original = (await findInDraft(writing, originalId))!; // a revision's original stays
  if (original.redactedAt !== undefined) {
    throw new SkeinError('conflict', 'The item was redacted and can no longer be edited.');
  }
  mustBeEditor(principal, draft, original, path);
  const { private: isPrivate, visibility } = original; // both stay as they are
  const marked = await markRevision(writing, item.content, [original, replaced]);
  const content = { ...marked, originalId, private: isPrivate, visibility };
  const revision = draft.append([content])[0]!; // one in, one out
  await reactToAppend(writing, [revision]);
  await pointAtRevision(writing, original, { replacedById: revision.id, visibility });
  if (replaced.id !== original.id)
    await pointAtRevision(writing, replaced, { replacedById: revision.id });
  draft.addChange({
    type: 'edit',
    itemId: originalId,
    revisionId: revision.id,
    authorId: principal.userId,
  });
  // The original's place showed nothing, since its last revision was redacted, and now shows
  // something again.
  if (isPreviewable(revision) && originalId >= (draft.head.previewItemId ?? '')) {
    draft.head = { ...draft.head, ...previewAfter(draft.head, [revision]) };
  } else if (draft.head.lastMessageRole !== undefined || revision.sawPrivate) {
    // The original may have been the last message before the item in the preview, or that item.
    await refreshPreview(writing);
  }
  if (original.role === 'user') await refreshTitle(writing);
  if (!item.hasVisibility || item.content.visibility === visibility) return revision;
  await changeVisibility(writing, original.id, item.content.visibility);
  return draft.findItem(revision.id)!; // it was appended just now
}

/** A row of the fork's source stays unchanged: the fork stores its own revision. */
async function pointAtRevision(
  drafting: Drafting,
  row: ItemRow,
  amendment: Amendment,
): Promise<void> {
  const { draft } = drafting;
  if (row.threadId === draft.head.id) draft.rewriteItem(withOverlay(row, amendment), row);
  else await putOverlay(drafting, row.id, amendment);
}

function mustBeEditor(
  principal: Principal,
  draft: ThreadDraft,
  original: ItemRow,
  path: string,
): void {
  if (isOwner(principal, draft.head)) return;
  if (original.authorId !== undefined && original.authorId === principal.userId) return;
  throw new SkeinError(
    'forbidden',
    `${path}: only its author or the thread's owner may edit an item.`,
  );
}

/** Only the owner may write for other users, or as the model, the system or a tool. */
function mustSpeakForSelf({ principal, draft }: Writing, prepared: readonly PreparedItem[]): void {
  if (isOwner(principal, draft.head)) return;
  for (const { content, isForAnother, path } of prepared) {
    if (isForAnother || content.role !== 'user') {
      throw new SkeinError('forbidden', `${path}: only the thread's owner may write for others.`);
    }
  }
}

/**
 * Finds the items that already have these keys, a few lookups at a time: each lookup holds blocks
 * of the store in memory, and a thousand concurrent ones, in several requests, took a hundred
 * megabytes.
 */
async function findByKeys(
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

function mustBeSame(row: ItemRow, { content, path }: PreparedItem): ItemRow {
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
