import { invalid, SkeinError } from '../../shared/error.ts';
import { newThreadId, parseItemId, storedThreadId, type ItemId } from '../../shared/ids.ts';
import { put } from '../../records/records.ts';
import { itemPosition } from '../../records/message-position.ts';
import {
  forks,
  threads,
  type Ancestor,
  type ItemRow,
  type ThreadRow,
} from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import { authorize, mayReadLog, mustUserId, mustVisit, seesAll } from '../access/authorize.ts';
import type { Core, Drafting, Reading, Writing, Visiting } from '../base/core.ts';
import { decideMarks } from '../log/decide-marks.ts';
import { findItem, scanLog, type LogRow } from '../log/item-log.ts';
import { shownRevisions, viewRows } from '../log/item-view.ts';
import type { ForkInput, Thread } from '../../api/thread.ts';
import type { Outcome, VersionOptions } from '../../api/write-options.ts';
import { requestKey, type EntryOptions, type RequestKey } from '../requests/idempotency.ts';
import { mustMatchVersion } from '../requests/must-match-version.ts';
import { writeOnce } from '../requests/write-once.ts';
import { mustKnownKeys } from '../../shared/validate.ts';
import { newThreadDraft, putOwner } from '../threads/create-thread.ts';
import { presentThread } from '../base/present-thread.ts';
import { headForAll } from '../head/show-thread.ts';
import { previewFrom, rowsPreviewedMax, type Preview } from '../head/preview.ts';

/** Longer chains of forks of forks are rejected: each link costs every read a scan. */
const lineageLengthMax = 64;

/**
 * Creates a thread that shares another's log up to an item, whatever its length: no item is copied,
 * and reads go through the source. See `ThreadsApi.fork`.
 */
export async function forkThread(
  reading: Reading,
  input: ForkInput,
  { ifVersion, ...options }: EntryOptions & VersionOptions = {},
): Promise<Outcome<Thread>> {
  const { core, principal } = reading;
  mustUserId(principal);
  mustKnownKeys(input, new Set(['threadId', 'atItemId']), '');
  const asked = (): unknown => ({ fork: input.atItemId ?? null });
  const request = await requestKey(principal, options, asked);
  for (let attempt = 1; ; attempt++) {
    const { head: source, visiting } = await mustVisit(reading, 'read', input.threadId);
    const point = await mustForkPoint(visiting, source, input.atItemId);
    try {
      return await forkOnce(reading, { source, point, ifVersion }, request);
    } catch (error) {
      // The source of the inherited item was just deleted: by the next read its items are copied.
      const isMoved = error instanceof SkeinError && error.code === 'not_found' && attempt < 5;
      if (!isMoved || point.stretch.threadId === source.id) throw error;
      await core.tasks.idle();
    }
  }
}

async function mustForkPoint(
  reading: Visiting,
  source: ThreadRow,
  atItemId: string | undefined,
): Promise<LogRow> {
  const { core, principal } = reading;
  if (source.lastItemId === undefined)
    throw invalid('threadId', 'has no items yet: append one before you fork');
  const id = atItemId === undefined ? source.lastItemId : parseItemId(atItemId);
  const found = id && (await findItem(core.records, source, id));
  const view = mayReadLog(principal) ? 'log' : 'current';
  const [shown] = found ? await viewRows(reading, source, view, [found]) : [];
  // The newest item may be invisible to this reader; the fork still ends there.
  if (!found || (!shown && atItemId !== undefined)) {
    throw invalid('atItemId', 'must be the id of an item of this thread');
  }
  return found;
}

interface Forking {
  /** The thread as it was read. A fork shows nothing of it that is newer. */
  readonly source: ThreadRow;
  readonly point: LogRow;
  readonly ifVersion: VersionOptions['ifVersion'];
}

/** Written through the thread that holds the fork point, so that it cannot be deleted meanwhile. */
function forkOnce(
  reading: Reading,
  { source, point, ifVersion }: Forking,
  request: RequestKey | undefined,
): Promise<Outcome<Thread>> {
  const { core } = reading;
  const currentOf = ({ head }: ThreadDraft): ThreadRow => (head.id === source.id ? head : source);
  return writeOnce<Outcome<Thread>>(reading, {
    thread: point.stretch.threadId,
    scope: source.id,
    request,
    mustBeAllowed: (home) => authorize(home, 'read', currentOf(home.draft)),
    write: async (home) => {
      const current = currentOf(home.draft);
      mustMatchVersion(current, ifVersion);
      return { data: await forkStep(home, current, point), replayed: false };
    },
    idsOf: ({ data }) => [storedThreadId(source.projectId, data.id)],
    recall: async (_home, ids) => ({ data: await forkOf(core, ids), replayed: true }),
  });
}

async function forkStep(home: Writing, source: ThreadRow, point: LogRow): Promise<Thread> {
  const { core } = home;
  const draft = await draftFork(home, source, point);
  for (const onFork of core.hooks.onFork) await onFork({ core, draft }, home.draft);
  const { head } = draft;
  for (const made of draft.toCommit().puts ?? []) home.draft.put(made);
  const row = { threadId: home.draft.head.id, itemId: point.row.id, forkId: head.id };
  home.draft.put(put(forks, row, null));
  return presentThread(head);
}

async function forkOf(core: Core, recalled: readonly string[]): Promise<Thread> {
  const head = await core.records.getNamed(threads, [recalled[0]!]);
  if (head === undefined || head.deletedAt !== undefined) {
    throw new SkeinError('conflict', 'The fork that this request made was deleted.');
  }
  return presentThread(head);
}

async function draftFork(
  { core, principal, draft: home }: Writing,
  source: ThreadRow,
  point: LogRow,
): Promise<ThreadDraft> {
  // Another thread has what is private from its own owner, and a fork must not show it.
  const isWhole = seesAll(principal, source);
  const isMember = mayReadLog(principal);
  const id = storedThreadId(principal.projectId, newThreadId(core.clock()));
  const owner = { projectId: principal.projectId, ownerId: mustUserId(principal) };
  const { mode, scopeType, scopeId, tags, metadata } = source;
  const seen = isWhole ? source : await headForAll(core, source);
  const { title, titleSource, opening } = seen;
  const draft = newThreadDraft(core, owner, id, {
    mode,
    scopeType,
    scopeId,
    title,
    titleSource,
    visibility: 'private',
    tags: isMember ? tags : [],
    metadata: isMember ? metadata : {},
  });
  putOwner(draft);
  const itemId = point.row.id;
  draft.head = {
    ...draft.head,
    itemCount: point.row.position,
    // The number of messages is known only at the newest item.
    messageCount: itemId === source.lastItemId ? source.messageCount : undefined,
    ...readSoFar(point.row),
    opening,
    privacyKnown: source.privacyKnown,
    lastItemId: itemId,
    forkedThreadId: source.id,
    forkedItemId: itemId,
    lineage: lineageOf(home.head, itemId, !isWhole || point.stretch.limited),
  };
  draft.head = { ...draft.head, ...(await previewOfFork({ core, draft: home }, draft.head)) };
  return draft;
}

/** A fork goes on counting from its source, and its owner has read what it inherits. */
function readSoFar(
  row: ItemRow,
): Pick<ThreadRow, 'messagePosition' | 'ownerItemId' | 'ownerPosition'> {
  const messagePosition = itemPosition(row);
  return { messagePosition, ownerItemId: row.id, ownerPosition: messagePosition };
}

/**
 * The stretches up to the fork point: those of the thread that holds it, in its current state, and
 * that thread's own. A fork at an inherited item thus skips the threads in between.
 */
function lineageOf(home: ThreadRow, itemId: ItemId, isLimited: boolean): Ancestor[] {
  const lineage: Ancestor[] = [...(home.lineage ?? []), { threadId: home.id, itemId }];
  if (lineage.length > lineageLengthMax) {
    throw new SkeinError('conflict', `A chain of forks has at most ${lineageLengthMax} threads.`);
  }
  return isLimited ? lineage.map((ancestor) => ({ ...ancestor, limited: true })) : lineage;
}

/** The preview at the fork point, from a bounded look back, including the newest amendments. */
async function previewOfFork({ core, draft: home }: Drafting, head: ThreadRow): Promise<Preview> {
  const rows = await scanLog(core.records, head, { reverse: true, limit: rowsPreviewedMax });
  const originals = rows
    .filter(({ row }) => row.originalId === undefined)
    .map((logRow) => ({ ...logRow, row: home.findItem(logRow.row.id) ?? logRow.row }));
  const shown = await shownRevisions(core, head, originals);
  const drafted = shown.map((row) => home.findItem(row.id) ?? row);
  return previewFrom(await decideMarks(core, head, drafted));
}
