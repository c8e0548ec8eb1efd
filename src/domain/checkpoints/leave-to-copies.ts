/**
 * What a deleted thread leaves to those that share its checkpoints: each gets rows of its own, in
 * bounded steps that may all run again, and then the lineages of all that descend from it leave the
 * thread out. See docs/decisions/0017-checkpoints.md.
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
import type { ThreadId } from '../../shared/ids.ts';
import type { Core, Drafting } from '../base/core.ts';
import type { PurgeSteps } from '../base/hooks.ts';
import { writeIfThere } from '../forks/owe-forks.ts';
import { lastIdIn, logInDraft, putLog, readLog } from './checkpoint-log.ts';

/** Until nobody shares the thread's checkpoints any more. */
export async function leaveToCopies(
  core: Core,
  { id: goneId }: ThreadRow,
  steps: PurgeSteps,
): Promise<undefined> {
  for (;;) {
    // Those that share them through a copy that is deleted, too, come in while this runs.
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
  goneId: ThreadId,
  copyId: ThreadId,
  steps: PurgeSteps,
): Promise<void> {
  // One that is just being made would come too late to be left anything.
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
    // Deleted while this went on: it is another case now.
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
 * A descendant that is just being made has a lineage from before: it would share what is about to
 * go, and nothing would take that out of its lineage. One that does not come soon never comes.
 */
async function awaitCopy(core: Core, id: ThreadId, steps: PurgeSteps): Promise<void> {
  for (let attempt = 1; (await core.records.get(threads, [id])) === undefined; attempt++) {
    if (!(await backOff(attempt, whileItIsMade))) return steps.takeId(id);
  }
}

/** About a second. */
const whileItIsMade: Backoff = { firstMs: 2, maxMs: 100, attemptsMax: 18 };

async function copyElements(
  core: Core,
  { threadId, lanes }: CheckpointAncestor,
  copyId: ThreadId,
): Promise<void> {
  const rows = core.records.scanAll(checkpointElements, [threadId]);
  await copyRows(core, checkpointElements, copyId, sharedOf(rows, lanes));
}

async function* sharedOf(
  rows: AsyncIterable<CheckpointElementRow>,
  lanes: CheckpointAncestor['lanes'],
): AsyncGenerator<CheckpointElementRow> {
  for await (const row of rows) if (row.id <= lastIdIn(lanes, row.lane)) yield row;
}

async function copyCheckpointRows(
  core: Core,
  { threadId, version }: CheckpointAncestor,
  copyId: ThreadId,
): Promise<void> {
  // Of the rows of one checkpoint the newest comes last, and stands.
  const rows = asFirst(core.records.scanAll(checkpoints, [threadId]), version);
  await copyRows(core, checkpoints, copyId, rows);
}

async function copyWriteRows(
  core: Core,
  { threadId, version }: CheckpointAncestor,
  copyId: ThreadId,
): Promise<void> {
  const rows = asFirst(core.records.scanAll(checkpointWrites, [threadId]), version);
  await copyRows(core, checkpointWrites, copyId, rows);
}

/** The rows up to a version, as if they came before all of the copy's own. */
async function* asFirst<R extends { readonly version: number }>(
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
  copyId: ThreadId,
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
 * From here on the rows are the copy's own. If it shares what another thread has, too, it is a copy
 * of that.
 */
async function takeOver(drafting: Drafting, goneId: ThreadId): Promise<void> {
  const { draft } = drafting;
  const { id: copyId } = draft.head;
  const home = (await shortenLineage(drafting, goneId))?.lineage?.at(-1);
  if (home === undefined) return;
  const { threadId, version } = home;
  draft.put(put(checkpointCopies, { threadId, copyId, version }));
}

/** Takes the thread out of a lineage: whoever comes next in it has the rows now. */
async function shortenLineage(
  drafting: Drafting,
  goneId: ThreadId,
): Promise<CheckpointLogRow | undefined> {
  const { draft } = drafting;
  const log = await logInDraft(drafting);
  const lineage = log.row.lineage ?? [];
  const shorter = lineage.filter(({ threadId }) => threadId !== goneId);
  if (shorter.length === lineage.length) return log.row;
  const patch = { lineage: shorter.length === 0 ? undefined : shorter };
  putLog(draft, log, patch);
  // A step of the version: whoever read the longer lineage must read again before it writes.
  draft.head = { ...draft.head };
  return { ...log.row, ...patch };
}

/** The threads that were copied from this one, and from those; parents first. */
async function* copiesBelow(core: Core, threadId: ThreadId): AsyncGenerator<ThreadId> {
  const waiting = [threadId];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    for await (const { copyId } of core.records.scanAll(checkpointCopies, [next])) {
      yield copyId;
      waiting.push(copyId);
    }
  }
}

/** Takes a deleted copy off the list of the thread that it was copied from. */
async function forgetAsCopy(core: Core, goneId: ThreadId): Promise<void> {
  const home = (await readLog(core.records, goneId))?.lineage?.at(-1);
  if (home === undefined) return;
  await core.records.commit({ deletes: [deletion(checkpointCopies, [home.threadId, goneId])] });
}
