import { put } from '../../records/records.ts';
import {
  checkpointCopies,
  checkpointLogs,
  type CheckpointAncestor,
  type CheckpointLogRow,
  type ThreadRow,
} from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import { ConflictError, invalid, notFound, SkeinError } from '../../shared/error.ts';
import {
  idOfAddress,
  type StoredThreadId,
  type ThreadAddress,
  type ThreadIdText,
} from '../../shared/ids.ts';
import { authorize, mustAddress, mustUserId } from '../access/authorize.ts';
import { ownerOf } from '../access/member.ts';
import type { Core, Reading, Writing } from '../base/core.ts';
import { scanLog } from '../log/item-log.ts';
import { newThreadDraft } from '../threads/create-thread.ts';
import { prepareThread } from '../threads/prepare-thread.ts';
import { logInDraft } from './checkpoint-log.ts';
import { findCheckpoint } from './checkpoint-rows.ts';
import type { CheckpointCopyOptions } from '../../api/checkpoint.ts';
import { mirrorMessages } from './mirror-messages.ts';
import { readAgain } from './read-again.ts';
import { MissingElementError } from './read-elements.ts';
import { asPointer } from './value-pointer.ts';
import { mustBeUnusedId } from '../threads/write-or-create.ts';

/** Longer chains of copies of copies are rejected: each link costs every read a scan. */
const lineageLengthMax = 64;

/**
 * See `CheckpointsApi.copy`. No commit can be guarded by two threads, so it takes two: the first,
 * in the source, promises to keep what is shared; the second creates the copy. If the source is
 * deleted in between, its purge takes the copy's id, so that the second commit fails
 * (`leave-to-copies.ts`).
 */
export async function copyCheckpoints(
  reading: Reading,
  sourceId: ThreadIdText,
  targetId: ThreadIdText,
  options: CheckpointCopyOptions = {},
): Promise<void> {
  const { core, principal } = reading;
  mustUserId(principal);
  const target = mustAddress(principal, targetId);
  const source = mustAddress(principal, sourceId);
  if (source === target) throw invalid('targetId', 'must differ from the source');
  const shared = await core.writer.write(source, (draft) => {
    return promiseStep(reading, draft, target);
  });
  try {
    await readAgain(() => makeCopy(reading, shared, idOfAddress(target), options));
  } catch (error) {
    const isTaken = error instanceof ConflictError || error instanceof MissingElementError;
    if (isTaken) await mustBeUnusedId(core, target);
    throw error;
  }
}

/** What a copy shares, and with which thread. */
interface Shared {
  readonly head: ThreadRow;
  readonly log: CheckpointLogRow;
  readonly lineage: readonly CheckpointAncestor[];
}

async function promiseStep(
  reading: Reading,
  source: ThreadDraft,
  target: ThreadAddress,
): Promise<Shared> {
  const { core } = reading;
  await authorize({ ...reading, draft: source }, 'readLog');
  const { row: log, stored } = await logInDraft({ core, draft: source });
  if (stored === undefined) throw notFound('A checkpoint of the thread');
  await mustBeUnusedId(core, target);
  const { head } = source;
  const lineage = lineageOf(head, log);
  const { id: threadId, version } = head;
  source.put(put(checkpointCopies, { threadId, copyId: idOfAddress(target), version }));
  // A version step, which invalidates plans based on what was shared before.
  source.head = { ...head };
  return { head, log, lineage };
}

async function makeCopy(
  reading: Reading,
  { head, log, lineage }: Shared,
  targetId: StoredThreadId,
  options: CheckpointCopyOptions,
): Promise<void> {
  const { core } = reading;
  const { origin } = options;
  const target = draftTarget(reading, head, targetId);
  const row: CheckpointLogRow = {
    threadId: targetId,
    epoch: log.epoch,
    lanes: log.lanes,
    newestId: log.newestId,
    lineage,
    ...(origin !== undefined && { origin }),
  };
  const mirrored = await mirrorNewest(
    { core, principal: ownerOf(target.head), draft: target },
    head,
    row,
    options,
  );
  target.put(put(checkpointLogs, { ...row, mirrored }, null));
  await core.writer.create(target);
}

function draftTarget(
  { core, principal }: Reading,
  { mode, title, titleSource, tags, metadata }: ThreadRow,
  targetId: StoredThreadId,
): ThreadDraft {
  const plain = prepareThread(core.limits, {});
  const content = { ...plain, mode, title, titleSource, tags, metadata };
  const owner = { projectId: principal.projectId, ownerId: mustUserId(principal) };
  return newThreadDraft(core, owner, targetId, content);
}

/** What the source shares, and its own rows up to now. */
function lineageOf(head: ThreadRow, log: CheckpointLogRow): CheckpointAncestor[] {
  const own = { threadId: head.id, version: head.version, lanes: log.lanes };
  const lineage = [...(log.lineage ?? []), own];
  if (lineage.length <= lineageLengthMax) return lineage;
  throw new SkeinError('conflict', `A chain of copies has at most ${lineageLengthMax} threads.`);
}

/** The messages of the newest state become items of the copy's own, independent of the source's. */
async function mirrorNewest(
  target: Writing,
  source: ThreadRow,
  log: CheckpointLogRow,
  { messages }: CheckpointCopyOptions,
): Promise<string | undefined> {
  const { core } = target;
  if (messages === undefined) return undefined;
  const newest = await findCheckpoint(core.records, log, { namespace: '' });
  const stored = newest && Object.entries(newest.values);
  const pointers = new Map(stored?.map(([channel, value]) => [channel, asPointer(value)]));
  if (!pointers.has(messages.channel)) return undefined;
  const writtenAtMs = await timesOf(core, source);
  const input = { namespace: '', messages, writtenAtMs };
  return (await mirrorMessages(target, log, input, pointers)).list;
}

/** The times of the source's items, by key. */
async function timesOf(core: Core, head: ThreadRow): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  let after: string | undefined;
  for (;;) {
    const rows = await scanLog(core.records, head, { limit: 500, ...(after && { after }) });
    for (const { row } of rows) if (row.key !== undefined) times.set(row.key, row.createdAt);
    after = rows.at(-1)?.row.id;
    if (rows.length < 500) return times;
  }
}
