/** How an item joins a draft: as a new one, as the revision of another, or as an answer. */
import { SkeinError } from '../../shared/error.ts';
import type { ItemRow } from '../../records/tables.ts';
import type { ItemContent } from '../../records/thread-draft.ts';
import { maySpeakForAll } from '../access/authorize.ts';
import { ownerOf } from '../access/member.ts';
import type { Drafting, Writing } from '../base/core.ts';
import { isPreviewable, previewAfter, withPreview } from '../head/preview.ts';
import { refreshTitle, titleFrom } from '../head/refresh-title.ts';
import { withOverlay, type Amendment } from '../log/amend-rows.ts';
import { findInDraft, putOverlay } from '../log/draft-items.ts';
import type { PreparedItem } from '../log/prepare-item.ts';
import { inheritMark, markRevision } from './inherit-mark.ts';
import { refreshPreview } from '../head/refresh-preview.ts';
import { changeVisibility } from './set-item-visibility.ts';

export async function appendOne(writing: Writing, item: PreparedItem): Promise<ItemRow> {
  if (item.content.replacesId !== undefined) return appendRevision(writing, item);
  const content = await inheritMark(writing, item.content);
  return (await appendNew(writing, [content]))[0]!; // one in, one out
}

/** Asynchronous only if a noun's hook is. */
export function appendNew(
  drafting: Drafting,
  contents: readonly ItemContent[],
): ItemRow[] | Promise<ItemRow[]> {
  const { draft } = drafting;
  const rows = draft.append(contents);
  const preview = previewAfter(draft.head, rows);
  if (preview) {
    const title = titleFrom(draft.head, rows);
    draft.head = withPreview(draft.head, preview);
    if (title) draft.head = { ...draft.head, ...title };
  }
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
  const item = { content, hasVisibility: false, isForAnother: false, weight: 0, path: 'answer' };
  return appendRevision({ core, principal: ownerOf(draft.head), draft }, item);
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
  if (!item.isContinuation) mustBeEditor(writing, original, path);
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

function mustBeEditor({ principal, draft }: Writing, original: ItemRow, path: string): void {
  if (maySpeakForAll(principal, draft.head)) return;
  if (original.authorId !== undefined && original.authorId === principal.userId) return;
  throw new SkeinError(
    'forbidden',
    `${path}: only its author may edit an item, and the owner of a thread that is theirs alone.`,
  );
}
