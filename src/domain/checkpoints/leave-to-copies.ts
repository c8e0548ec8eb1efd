/**
 * What a deleted thread leaves to threads that share its checkpoints: each gets rows of its own, in
 * bounded steps that may all run again, and then the thread is removed from the lineages of all its
 * descendants. See docs/decisions/0017-checkpoints.md.
 */
import type { ThreadRow } from '../../records/tables/thread-tables.ts';
import { deletion, put } from '../../records/records.ts';
import {
  checkpointCopies,
  checkpointElements,
  checkpoints,
  checkpointWrites,
  threads,
  type CheckpointAncestor,
  type CheckpointElementRow,
  type CheckpointLogRow,
  type CheckpointRow,
  type CheckpointWriteRow,
} from '../../records/tables.ts';
import type { TypedTable } from '../../records/table.ts';
import { backOff, type Backoff } from '../../shared/backoff.ts';
import type { StoredThreadId } from '../../shared/ids.ts';
import type { Core, Drafting } from '../base/core.ts';
import type { PurgeSteps } from '../base/hooks.ts';
import { writeIfThere } from '../forks/owe-forks.ts';
import { lastIdIn, logInDraft, putLog, readLog } from './checkpoint-log.ts';

/** Runs until no thread shares the thread's checkpoints. */
export async function leaveToCopies(
  core: Core,
  { id: goneId }: ThreadRow,
  steps: PurgeSteps,
): Promise<undefined> {
  for (;;) {
    // Threads that share them through another deleted copy are added while this runs.
    const [copy] = await core.records.scan(checkpointCopies, { prefix: [goneId], limit: 1 });
    if (copy === undefined) break;
    await leaveToCopy(core, goneId, copy.copyId, steps);
    const key = [goneId, copy.copyId];
    await core.records.commit({ deletes: [deletion(checkpointCopies, key, copy)] });
  }
  await forgetAsCopy(core, goneId);
}

async function leaveToCopy(
  core: Core,
  goneId: StoredThreadId,
  copyId: StoredThreadId,
  steps: PurgeSteps,
): Promise<void> {
  // A copy that is just being created would arrive too late to inherit.
  await steps.takeId(copyId);
  const head = await core.writer.head(copyId);
  if (head === undefined || head.deletedAt !== undefined) return steps.purge(copyId);
  const log = await readLog(core.records, copyId);
  const ancestor = log?.lineage?.find(({ threadId }) => threadId === goneId);
  if (ancestor !== undefined) {
    await copyElements(core, ancestor, copyId);
    await copyCheckpointRows(core, ancestor, copyId);
    await copyWriteRows(core, ancestor, copyId);
    const isThere = await writeIfThere(core, copyId, (draft) => takeOver({ core, draft }, goneId));
    // It was deleted meanwhile, which is another case.
    if (!isThere) return leaveToCopy(core, goneId, copyId, steps);
  }
  for await (const descendantId of copiesBelow(core, copyId)) {
    await awaitCopy(core, descendantId, steps);
    await writeIfThere(core, descendantId, async (draft) => {
      await shortenLineage({ core, draft }, goneId);
    });
  }
}

/**
 * Waits for a descendant that is just being created: its lineage still contains the thread, so it
 * would share what is about to be deleted, and nothing would shorten its lineage. If it does not
 * appear soon, it never will.
 */
async function awaitCopy(core: Core, id: StoredThreadId, steps: PurgeSteps): Promise<void> {
  for (let attempt = 1; (await core.records.get(threads, [id])) === undefined; attempt++) {
    if (!(await backOff(attempt, whileItIsMade))) return steps.takeId(id);
  }
}

/** About a second in total. */
const whileItIsMade: Backoff = { firstMs: 2, maxMs: 100, attemptsMax: 18 };

async function copyElements(
  core: Core,
  { threadId, lanes }: CheckpointAncestor,
  copyId: StoredThreadId,
): Promise<void> {
  const rows = core.records.scanAll(checkpointElements, [threadId]);
  await copyRows(core, checkpointElements, copyId, sharedOf(rows, lanes));
}

export async function* sharedOf(
  rows: AsyncIterable<CheckpointElementRow>,
  lanes: CheckpointAncestor['lanes'],
): AsyncGenerator<CheckpointElementRow> {
  for await (const row of rows) if (row.id <= lastIdIn(lanes, row.lane)) yield row;
}

async function copyCheckpointRows(
  core: Core,
  { threadId, version }: CheckpointAncestor,
  copyId: StoredThreadId,
): Promise<void> {
  // Of a checkpoint's rows the newest comes last and wins.
  const rows = asFirst(core.records.scanAll(checkpoints, [threadId]), version);
  await copyRows(core, checkpoints, copyId, rows);
}

async function copyWriteRows(
  core: Core,
  { threadId, version }: CheckpointAncestor,
  copyId: StoredThreadId,
): Promise<void> {
  const rows = asFirst(core.records.scanAll(checkpointWrites, [threadId]), version);
  await copyRows(core, checkpointWrites, copyId, rows);
}

/** The rows up to a version, as if they preceded all of the copy's own. */
export async function* asFirst<R extends { readonly version: number }>(
  rows: AsyncIterable<R>,
  version: number,
): AsyncGenerator<R> {
  for await (const row of rows) if (row.version <= version) yield { ...row, version: 0 };
}

const stepBytesMax = 1024 * 1024;
const stepRowsMax = 200;

async function copyRows<R extends CheckpointRow | CheckpointElementRow | CheckpointWriteRow>(
  core: Core,
  table: TypedTable<R>,
  copyId: StoredThreadId,
  rows: AsyncIterable<R>,
): Promise<void> {
  let step: R[] = [];
  let bytes = 0;
  const write = (): Promise<boolean> => {
    const copies = step;
    step = [];
    bytes = 0;
    return writeIfThere(core, copyId, (draft) => {
      for (const row of copies) draft.put(put(table, { ...row, threadId: copyId }));
    });
  };
  for await (const row of rows) {
    step.push(row);
    bytes += JSON.stringify(row).length;
    if (step.length >= stepRowsMax || bytes >= stepBytesMax) await write();
  }
  if (step.length > 0) await write();
}

/**
 * From here on the rows are the copy's own. If it also shares another thread's rows, it is now a
 * copy of that one.
 */
async function takeOver(drafting: Drafting, goneId: StoredThreadId): Promise<void> {
  const { draft } = drafting;
  const { id: copyId } = draft.head;
  const home = (await shortenLineage(drafting, goneId))?.lineage?.at(-1);
  if (home === undefined) return;
  const { threadId, version } = home;
  draft.put(put(checkpointCopies, { threadId, copyId, version }));
}

/** Removes the thread from a lineage: the next thread in it has the rows now. */
async function shortenLineage(
  drafting: Drafting,
  goneId: StoredThreadId,
): Promise<CheckpointLogRow | undefined> {
  const { draft } = drafting;
  const log = await logInDraft(drafting);
  const lineage = log.row.lineage ?? [];
  const shorter = lineage.filter(({ threadId }) => threadId !== goneId);
  if (shorter.length === lineage.length) return log.row;
  const patch = { lineage: shorter.length === 0 ? undefined : shorter };
  putLog(draft, log, patch);
  // A version step: writers that read the longer lineage must read again.
  draft.head = { ...draft.head };
  return { ...log.row, ...patch };
}

/** The threads that were copied from this one, and their copies in turn; parents first. */
async function* copiesBelow(core: Core, threadId: StoredThreadId): AsyncGenerator<StoredThreadId> {
  const waiting = [threadId];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    for await (const { copyId } of core.records.scanAll(checkpointCopies, [next])) {
      yield copyId;
      waiting.push(copyId);
    }
  }
}

/** Removes a deleted copy from the list of its source. */
async function forgetAsCopy(core: Core, goneId: StoredThreadId): Promise<void> {
  const home = (await readLog(core.records, goneId))?.lineage?.at(-1);
  if (home === undefined) return;
  await core.records.commit({ deletes: [deletion(checkpointCopies, [home.threadId, goneId])] });
}
