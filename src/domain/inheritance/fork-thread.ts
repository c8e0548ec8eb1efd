import { invalid, SkeinError } from '../../shared/error.ts';
import { newThreadId, parseItemId, type ItemId } from '../../shared/ids.ts';
import { put } from '../../records/records.ts';
import { forks, threads, type Ancestor, type ThreadRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import { authorize, mayReadLog, mustHead, mustUserId } from '../access/authorize.ts';
import type { Core, Reading } from '../base/core.ts';
import { findItem, scanLog, type LogRow } from '../log/item-log.ts';
import { shownInPlaces, viewRows } from '../log/item-view.ts';
import type { ForkInput, Thread } from '../../api/thread.ts';
import type { Outcome } from '../../api/write-options.ts';
import {
  recallRequest,
  rememberRequest,
  requestKey,
  type EntryOptions,
  type RequestKey,
} from '../requests/idempotency.ts';
import { mustKnownKeys } from '../../shared/validate.ts';
import { newThreadDraft } from '../threads/create-thread.ts';
import { presentThread } from '../base/present-thread.ts';
import { previewFrom, rowsPreviewedMax, type Preview } from '../head/preview.ts';

/** Longer chains of forks of forks are refused: each stretch costs every read a scan. */
export const lineageLengthMax = 64;

/**
 * Makes a thread that shares the log of another up to an item, whatever its length: no item is copied,
 * reads run through the source. See `ThreadsApi.fork`.
 */
export async function forkThread(
  reading: Reading,
  input: ForkInput,
  options: EntryOptions = {},
): Promise<Outcome<Thread>> {
  const { core, principal } = reading;
  mustUserId(principal);
  mustKnownKeys(input, new Set(['threadId', 'atItemId']), '');
  const { idempotencyKey, entry } = options;
  const { atItemId } = input;
  const request =
    idempotencyKey === undefined
      ? undefined
      : await requestKey(
          input.threadId,
          principal,
          idempotencyKey,
          { fork: atItemId ?? null },
          entry,
        );
  for (let attempt = 1; ; attempt++) {
    const source = await mustHead(reading, 'read', input.threadId);
    const point = await mustForkPoint(reading, source, input.atItemId);
    try {
      return await core.writer.write(point.stretch.threadId, (home) =>
        forkStep(reading, home, source, point, request),
      );
    } catch (error) {
      // The source of the inherited item was deleted just now: by the next read its items are copied.
      const isMoved = error instanceof SkeinError && error.code === 'not_found' && attempt < 5;
      if (!isMoved || point.stretch.threadId === source.id) throw error;
      await core.tasks.idle();
    }
  }
}

async function mustForkPoint(
  { core, principal }: Reading,
  source: ThreadRow,
  atItemId: string | undefined,
): Promise<LogRow> {
  if (source.lastItemId === undefined)
    throw invalid('threadId', 'has no items yet: there is nothing to fork');
  const id = atItemId === undefined ? source.lastItemId : parseItemId(atItemId);
  const found = id && (await findItem(core.records, source, id));
  const view = mayReadLog(principal, source) ? 'log' : 'current';
  const [shown] = found ? await viewRows(core.records, principal, source, view, [found]) : [];
  // The newest item may be one that this reader does not see; the fork then ends behind it all the same.
  if (!found || (!shown && atItemId !== undefined)) {
    throw invalid('atItemId', 'must be the id of an item of this thread');
  }
  return found;
}

/** Runs in the writer of the thread that the fork point belongs to, so that it cannot be deleted meanwhile. */
async function forkStep(
  reading: Reading,
  home: ThreadDraft,
  source: ThreadRow,
  point: LogRow,
  request: RequestKey | undefined,
): Promise<Outcome<Thread>> {
  const { core } = reading;
  const current = home.head.id === source.id ? home.head : source;
  await authorize(reading, 'read', current);
  const recalled = request && (await recallRequest({ core, draft: home }, request));
  if (recalled) return { data: await forkOf(core, recalled), replayed: true };
  const draft = await draftFork(reading, current, home, point);
  for (const onFork of core.hooks.onFork) await onFork({ core, draft }, home);
  const { head } = draft;
  for (const made of draft.toCommit().puts ?? []) home.put(made);
  const row = { threadId: home.head.id, itemId: point.row.id, forkId: head.id };
  home.put(put(forks, row, null));
  if (request) rememberRequest({ core, draft: home }, request, [head.id]);
  return { data: presentThread(head), replayed: false };
}

async function forkOf(core: Core, recalled: readonly string[]): Promise<Thread> {
  const head = await core.records.getNamed(threads, [recalled[0]!]);
  if (head === undefined || head.deletedAt !== undefined) {
    throw new SkeinError('conflict', 'The fork that this request made was deleted.');
  }
  return presentThread(head);
}

async function draftFork(
  { core, principal }: Reading,
  source: ThreadRow,
  home: ThreadDraft,
  point: LogRow,
): Promise<ThreadDraft> {
  const isMember = mayReadLog(principal, source);
  const id = newThreadId(core.clock());
  const userId = mustUserId(principal);
  const { mode, scopeType, scopeId, title, titleSource, tags, metadata } = source;
  const draft = newThreadDraft(core, principal.projectId, userId, id, {
    mode,
    scopeType,
    scopeId,
    title,
    titleSource,
    visibility: 'private',
    tags: isMember ? tags : [],
    metadata: isMember ? metadata : {},
  });
  const itemId = point.row.id;
  draft.head = {
    ...draft.head,
    itemCount: point.row.position,
    // Only at the newest item is it known how many of the items are messages.
    messageCount: itemId === source.lastItemId ? source.messageCount : undefined,
    opening: source.opening,
    lastItemId: itemId,
    forkedThreadId: source.id,
    forkedItemId: itemId,
    lineage: lineageOf(home.head, itemId, !isMember || point.stretch.limited),
  };
  draft.head = { ...draft.head, ...(await previewOfFork(core, home, draft.head)) };
  return draft;
}

/**
 * The stretches up to the fork point: those of the thread that it belongs to, as its writer has them now,
 * and that thread's own. So a fork at an inherited item skips what lies between.
 */
function lineageOf(home: ThreadRow, itemId: ItemId, isLimited: boolean): Ancestor[] {
  const lineage: Ancestor[] = [...(home.lineage ?? []), { threadId: home.id, itemId }];
  if (lineage.length > lineageLengthMax) {
    throw new SkeinError('conflict', `A chain of forks has at most ${lineageLengthMax} threads.`);
  }
  return isLimited ? lineage.map((ancestor) => ({ ...ancestor, limited: true })) : lineage;
}

/** The preview as of the fork point, from a bounded look back, with what was amended a moment ago. */
async function previewOfFork(core: Core, home: ThreadDraft, head: ThreadRow): Promise<Preview> {
  const rows = await scanLog(core.records, head, { reverse: true, limit: rowsPreviewedMax });
  const places = rows
    .filter(({ row }) => row.originalId === undefined)
    .map((logRow) => ({ ...logRow, row: home.findItem(logRow.row.id) ?? logRow.row }));
  const shown = await shownInPlaces(core.records, head, places);
  return previewFrom(shown.map((row) => home.findItem(row.id) ?? row));
}
