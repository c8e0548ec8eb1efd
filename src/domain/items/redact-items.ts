/**
 * Redaction permanently removes the parts of an item and of all its revisions, including in forks
 * that inherit it, and keeps a tombstone. The item's own thread is redacted in one commit, which
 * promises a task for the forks' own revisions; the task survives a crash.
 */
import { invalid, notFound, SkeinError } from '../../shared/error.ts';
import {
  parseItemId,
  type ItemId,
  type StoredThreadId,
  type ThreadIdText,
} from '../../shared/ids.ts';
import { items, type ItemRow, type TaskRow, type ThreadRow } from '../../records/tables.ts';
import type { DraftOperation } from '../../records/thread-writer.ts';
import { authorize, mustVisit } from '../access/authorize.ts';
import { hasMoved } from '../access/read-thread.ts';
import type { Core, Drafting, Reading, Requesting } from '../base/core.ts';
import type { AfterCommit } from '../base/hooks.ts';
import type { VersionOptions } from '../../api/write-options.ts';
import { mustKnowOptions } from '../../shared/validate.ts';
import { mustMatchVersion } from '../requests/must-match-version.ts';
import type { Item } from '../../api/item.ts';
import { readFamily } from '../log/item-family.ts';
import { findItem, stretchOf } from '../log/item-log.ts';
import { oweForks, payForks } from '../forks/owe-forks.ts';
import { presentItem } from './present-item.ts';
import { refreshPreview } from '../head/refresh-preview.ts';
import { takeBackTitle } from '../head/refresh-title.ts';
import { mustMayHide } from './set-item-visibility.ts';

/** See `ItemsApi.redact`. */
export async function redactItems(
  reading: Reading,
  threadId: ThreadIdText,
  itemIds: readonly string[],
  options: VersionOptions = {},
): Promise<Item[]> {
  mustKnowOptions(options, { ifVersion: true });
  const { ifVersion } = options;
  if (ifVersion !== undefined && itemIds.length > 1) {
    throw invalid('ifVersion', 'goes with one item: each redaction is a commit of its own');
  }
  const redacted: Item[] = [];
  for (const itemId of itemIds) {
    redacted.push(await redactItem({ ...reading, ifVersion }, threadId, itemId));
  }
  return redacted;
}

/** A redaction, and the version that the thread must have. */
interface Redacting extends Reading {
  readonly ifVersion: VersionOptions['ifVersion'];
}

async function redactItem(reading: Redacting, threadId: ThreadIdText, id: string): Promise<Item> {
  const { core, principal, ifVersion } = reading;
  const { head, visiting } = await mustVisit(reading, 'read', threadId);
  const itemId = parseItemId(id);
  const named = itemId && (await findItem(core.records, head, itemId));
  if (named === undefined || itemId === undefined) throw notFound('The item');
  await mustMayHide(visiting, head, named.row);
  const originalId = named.row.originalId ?? named.row.id;
  const homeId = stretchOf(head, originalId).threadId;
  const isRevisionHere = named.row.threadId === head.id && homeId !== head.id;
  // Redacting a fork's own revision needs no right in the source; redacting an inherited item does.
  const at = isRevisionHere ? head.id : homeId;
  if (at !== head.id) mustMatchVersion(head, ifVersion);
  const outcome = await writeAtHome(core, head, at, (draft) => {
    if (at === head.id) mustMatchVersion(draft.head, ifVersion);
    return redactFamily({ core, principal, draft }, originalId, named.row);
  });
  if (outcome === 'moved') return redactItem(reading, threadId, id);
  for (const finish of outcome.afterCommit) await finish();
  if (outcome.task) await core.tasks.whenDone(outcome.task);
  const row = await core.records.get(items, [named.row.threadId, itemId]);
  return presentItem(row ?? named.row, head.id);
}

/** A caller that reads an item through a fork may not know of the thread that it comes from. */
async function writeAtHome<T>(
  core: Core,
  head: ThreadRow,
  homeId: StoredThreadId,
  operation: DraftOperation<T>,
): Promise<T | 'moved'> {
  try {
    return await core.writer.write(homeId, operation);
  } catch (error) {
    const isHidden =
      error instanceof SkeinError && error.code === 'not_found' && homeId !== head.id;
    if (!isHidden) throw error;
    // If that thread was just deleted, the item soon belongs to this thread.
    await core.tasks.idle();
    if (await hasMoved(core, head)) return 'moved';
    throw new SkeinError(
      'forbidden',
      'The item belongs to the thread that this one was forked from.',
      { cause: error },
    );
  }
}

interface Redacted {
  /** The task owed to the thread's forks, if any. */
  readonly task: TaskRow | undefined;
  readonly afterCommit: readonly AfterCommit[];
}

/** Redacts an item and its revisions in one thread. */
async function redactFamily(
  requesting: Requesting,
  originalId: ItemId,
  named: ItemRow,
): Promise<Redacted> {
  const writing = await authorize(requesting, 'read');
  const { principal, draft } = writing;
  await mustMayHide(writing, draft.head, named);
  const afterCommit = await redactRows(writing, originalId, principal.userId);
  if (afterCommit === undefined) return { task: undefined, afterCommit: [] };
  return { task: await oweForks(writing, 'redact', originalId), afterCommit };
}

/**
 * Redacts the thread's rows of an item's family, and lets every noun redact what belongs to them.
 * Returns the work to do after the commit, or `undefined` if nothing was left to redact.
 */
export async function redactRows(
  drafting: Drafting,
  originalId: ItemId,
  authorId: string | undefined,
): Promise<readonly AfterCommit[] | undefined> {
  const { core, draft } = drafting;
  const afterCommit: AfterCommit[] = [];
  for (const onRedact of core.hooks.onRedact) {
    const rows = await readUnredacted(drafting, originalId);
    const finish = await onRedact(drafting, rows, originalId);
    if (finish) afterCommit.push(finish);
  }
  // A continued run may have added to it.
  const remaining = await readUnredacted(drafting, originalId);
  for (const row of remaining) {
    draft.rewriteItem({ ...row, parts: [], metadata: {}, redactedAt: draft.nowMs }, row);
  }
  if (remaining.length === 0) return undefined;
  draft.addChange({ type: 'redaction', itemId: originalId, authorId });
  await takeBackTitle(drafting, originalId);
  await refreshPreview(drafting);
  return afterCommit;
}

async function readUnredacted(drafting: Drafting, originalId: ItemId): Promise<ItemRow[]> {
  const family = await readFamily(drafting, originalId);
  return family.filter((row) => row.redactedAt === undefined);
}

/**
 * The promised part: the forks' own revisions, their previews, and a change for their live readers.
 */
export async function redactInForks(core: Core, task: TaskRow): Promise<void> {
  await payForks(core, task, async (draft, originalId) => {
    if (await redactRows({ core, draft }, originalId, undefined)) return;
    draft.addChange({ type: 'redaction', itemId: originalId });
    await takeBackTitle({ core, draft }, originalId);
    await refreshPreview({ core, draft });
  });
}
