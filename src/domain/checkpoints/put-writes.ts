import type { ThreadIdText } from '../../shared/ids.ts';
import { put } from '../../records/records.ts';
import {
  checkpointWrites,
  type CheckpointLogRow,
  type CheckpointWriteRow,
} from '../../records/tables.ts';
import type { Drafting, Reading, Requesting } from '../base/core.ts';
import { logInDraft, putLog, checkpointStretchesOf } from './checkpoint-log.ts';
import type {
  CheckpointKey,
  CheckpointWrite,
  CheckpointWriteOptions,
} from '../../api/checkpoint.ts';
import { toPackedColumns, weightOf } from './packed.ts';
import { mayHaveRedacted, writesWithoutRedacted } from './redact-messages.ts';
import { movedTimes } from './moved-times.ts';
import { mustCheckpointKey, mustWrite } from './prepare-put.ts';
import { originPatch } from './put-checkpoint.ts';
import { authorize } from '../access/authorize.ts';
import { writeOrCreate } from '../threads/write-or-create.ts';

/** See `CheckpointsApi.putWrites`. */
export async function putWrites(
  reading: Reading,
  threadId: ThreadIdText,
  { checkpoint, writes }: WritesOfCheckpoint,
  options: CheckpointWriteOptions = {},
): Promise<void> {
  const { core, principal } = reading;
  mustCheckpointKey(checkpoint);
  writes.forEach(mustWrite);
  if (writes.length === 0) return;
  const weight = writes.reduce((sum, { value }) => sum + weightOf(value), 500);
  await writeOrCreate(
    reading,
    threadId,
    (draft) => storeNewWrites({ core, principal, draft }, checkpoint, writes, options),
    weight,
  );
}

/** Writes with the checkpoint that they are on top of. */
interface WritesOfCheckpoint {
  readonly checkpoint: CheckpointKey;
  readonly writes: readonly CheckpointWrite[];
}

async function storeNewWrites(
  requesting: Requesting,
  checkpoint: CheckpointKey,
  writes: readonly CheckpointWrite[],
  options: CheckpointWriteOptions,
): Promise<void> {
  const writing = await authorize(requesting, 'keepState');
  const { draft } = writing;
  const log = await logInDraft(writing);
  const fresh: CheckpointWrite[] = [];
  for (const write of writes) {
    const isThere = write.index >= 0 && (await hasWrite(writing, log.row, checkpoint, write));
    if (!isThere) fresh.push(write);
  }
  if (fresh.length === 0) return;
  draft.updateHead(options.isMovedIn === true ? movedTimes(draft, draft.head, undefined) : {});
  const { id: threadId, version } = draft.head;
  const told = mayHaveRedacted(log.row) ? await writesWithoutRedacted(writing, fresh) : fresh;
  for (const { taskId, index, channel, value } of told) {
    const { namespace, id: checkpointId } = checkpoint;
    const key = { threadId, namespace, checkpointId, taskId, index, version };
    draft.put(put(checkpointWrites, { ...key, channel, ...toPackedColumns(value) }, null));
  }
  putLog(draft, log, originPatch(log.row, options));
}

/** Whether a write exists at this index of the task, in the thread or in what it shares. */
async function hasWrite(
  { core, draft }: Drafting,
  log: CheckpointLogRow,
  { namespace, id }: CheckpointKey,
  { taskId, index }: CheckpointWrite,
): Promise<boolean> {
  const isPending = draft.listPuts(checkpointWrites).some((row) => {
    const isPlace = row.namespace === namespace && row.checkpointId === id;
    return isPlace && row.taskId === taskId && row.index === index;
  });
  if (isPending || draft.isNew) return isPending;
  for (const { threadId, through } of checkpointStretchesOf(log.threadId, log)) {
    const [first]: CheckpointWriteRow[] = await core.records.scan(checkpointWrites, {
      prefix: [threadId, namespace, id, taskId, index],
      limit: 1,
    });
    if (first !== undefined && (through === undefined || first.version <= through)) return true;
  }
  return false;
}
