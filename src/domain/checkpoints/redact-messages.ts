/**
 * A redacted message leaves the states of graphs, too: otherwise the next turn would give it to the
 * model again. A message is found by its id, which is the key of its item. Threads that were copied
 * from each other share what they keep, so a redaction reaches all of them: their states, and the
 * items that show the message there.
 */
import type { StoredThreadId } from '../../shared/ids.ts';
import { put, type Key, type Row } from '../../records/records.ts';
import { newTask } from '../../records/new-task.ts';
import {
  checkpointCopies,
  checkpointElements,
  checkpointLogs,
  checkpoints,
  checkpointWrites,
  items,
  taskQueue,
  type CheckpointElementRow,
  type CheckpointRow,
  type ItemRow,
  type PackedColumns,
  type TaskRow,
} from '../../records/tables.ts';
import type { TypedTable } from '../../records/table.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import type { AfterCommit } from '../base/hooks.ts';
import type { Core, Drafting } from '../base/core.ts';
import { writeIfThere } from '../forks/owe-forks.ts';
import { findByKey } from '../items/find-by-keys.ts';
import { redactRows } from '../items/redact-items.ts';
import { logInDraft, putLog, readLog } from './checkpoint-log.ts';
import { hashOf, toPacked, toPackedColumns } from './packed.ts';
import type { PreparedPut, PreparedValue } from './prepare-put.ts';
import { replaceIn, withTombstones, type IsGone } from './tombstone.ts';
import type { CheckpointWrite, Packed } from '../../api/checkpoint.ts';
import type { HashedValue } from './element-store.ts';

/** Promises the work in the commit of the redaction, whose caller waits for it. */
export async function promiseTombstones(
  { core, draft }: Drafting,
  rows: readonly ItemRow[],
): Promise<AfterCommit | undefined> {
  const shown = rows.find(({ key }) => key !== undefined);
  const { id: threadId } = draft.head;
  if (shown === undefined || shown.threadId !== threadId) return undefined;
  const log = draft.findPut(checkpointLogs, [threadId]) ?? (await readLog(core.records, threadId));
  if (log === undefined) return undefined;
  const task = newTask(draft.nowMs, { kind: 'redact-messages', threadId, itemId: shown.id });
  draft.put(put(taskQueue, task, null));
  return () => core.tasks.whenDone(task);
}

/** The promised part. May run again. */
export async function redactMessages(core: Core, { threadId, itemId }: TaskRow): Promise<void> {
  const item = itemId && (await core.records.get(items, [threadId, itemId]));
  if (!item?.key) return;
  const { key } = item;
  const isGone: IsGone = (other) => other === key;
  for await (const id of familyOf(core, threadId)) {
    await rewriteRows(core, id, checkpointElements, (row) => redactedElement(row, isGone));
    await rewriteRows(core, id, checkpoints, (row) => redactedCheckpoint(row, isGone));
    await rewriteRows(core, id, checkpointWrites, (row) => redactedColumns(row, isGone));
    await writeIfThere(core, id, async (draft) => {
      await forgetRows({ core, draft });
      await redactShown({ core, draft }, key);
    });
  }
}

/** All threads that share checkpoints with this one, and itself. */
async function* familyOf(core: Core, threadId: StoredThreadId): AsyncGenerator<StoredThreadId> {
  const log = await readLog(core.records, threadId);
  const found = new Set([log?.lineage?.[0]?.threadId ?? threadId, threadId]);
  for (const id of found) {
    yield id;
    // A set gives what is added while it is read.
    for await (const { copyId } of core.records.scanAll(checkpointCopies, [id])) found.add(copyId);
  }
}

/** A commit takes at most this many rows along. */
const stepMax = 50;

async function rewriteRows<R extends Row>(
  core: Core,
  threadId: StoredThreadId,
  table: TypedTable<R>,
  redacted: (row: R) => Promise<R>,
): Promise<void> {
  let keys: Key[] = [];
  const flush = async (): Promise<void> => {
    const step = keys;
    keys = [];
    await writeIfThere(core, threadId, async (draft) => {
      for (const key of step) await rewriteRow({ core, draft }, table, key, redacted);
    });
  };
  for await (const row of core.records.scanAll(table, [threadId])) {
    if ((await redacted(row)) === row) continue;
    keys.push(table.key.map((column) => row[column] as string | number)); // a key column
    if (keys.length === stepMax) await flush();
  }
  if (keys.length > 0) await flush();
}

/** A row that was pruned meanwhile stays gone. */
async function rewriteRow<R extends Row>(
  { core, draft }: Drafting,
  table: TypedTable<R>,
  key: Key,
  redacted: (row: R) => Promise<R>,
): Promise<void> {
  const row = await core.records.get(table, key);
  if (row === undefined) return;
  stepVersion(draft);
  draft.put(put(table, await redacted(row), row));
}

/** Other commits that touch the checkpoints of the thread are guarded by its version. */
function stepVersion(draft: ThreadDraft): void {
  draft.head = { ...draft.head };
}

/** Rows that any process remembers belong to an epoch. Savers send whole values again. */
async function forgetRows(drafting: Drafting): Promise<void> {
  const log = await logInDraft(drafting);
  if (log.stored === undefined) return;
  stepVersion(drafting.draft);
  putLog(drafting.draft, log, { epoch: log.row.epoch + 1 });
}

/** The item of a thread that shows the message. */
async function redactShown(drafting: Drafting, key: string): Promise<void> {
  const item = await findByKey(drafting, key);
  if (item === undefined || item.threadId !== drafting.draft.head.id) return;
  if (item.redactedAt !== undefined) return;
  await redactRows(drafting, item.originalId ?? item.id, undefined);
}

async function redactedColumns<R extends PackedColumns>(row: R, isGone: IsGone): Promise<R> {
  const packed = toPacked(row);
  const told = await withTombstones(packed, isGone);
  return told === packed ? row : { ...row, ...toPackedColumns(told) };
}

async function redactedElement(
  row: CheckpointElementRow,
  isGone: IsGone,
): Promise<CheckpointElementRow> {
  const told = await redactedColumns(row, isGone);
  return told === row ? row : { ...told, hash: await hashOf(toPacked(told)) };
}

async function redactedCheckpoint(row: CheckpointRow, isGone: IsGone): Promise<CheckpointRow> {
  const told = await redactedColumns(row, isGone);
  const metadata = await redactedMetadata(row.metadata, isGone);
  const values = await replaceIn(row.values, isGone);
  if (told === row && metadata === row.metadata && values === row.values) return row;
  return { ...told, metadata, values: values as CheckpointRow['values'] }; // the same channels
}

async function redactedMetadata(
  stored: CheckpointRow['metadata'],
  isGone: IsGone,
): Promise<CheckpointRow['metadata']> {
  const packed = stored as Packed; // as put wrote it
  const told = await withTombstones(packed, isGone);
  return told === packed ? stored : { ...told };
}

/**
 * What a put brings of messages that were redacted since the caller had read the state. Only
 * threads whose epoch has risen can have any.
 */
export async function withoutRedacted(
  drafting: Drafting,
  prepared: PreparedPut,
): Promise<PreparedPut> {
  const isGone = goneIn(drafting);
  const { input } = prepared;
  const values = new Map<string, PreparedValue>();
  for (const [channel, value] of prepared.values) {
    values.set(channel, await withoutRedactedValue(value, isGone));
  }
  const content = await withTombstones(input.content, isGone);
  const metadata = await withTombstones(input.metadata, isGone);
  return { ...prepared, input: { ...input, content, metadata }, values };
}

export async function writesWithoutRedacted(
  drafting: Drafting,
  writes: readonly CheckpointWrite[],
): Promise<CheckpointWrite[]> {
  const isGone = goneIn(drafting);
  const told: CheckpointWrite[] = [];
  for (const write of writes) {
    told.push({ ...write, value: await withTombstones(write.value, isGone) });
  }
  return told;
}

async function withoutRedactedValue(value: PreparedValue, isGone: IsGone): Promise<PreparedValue> {
  switch (value.kind) {
    case 'inline': {
      if (typeof value.pointer !== 'object') return value;
      const [json] = value.pointer;
      return { kind: 'inline', pointer: [await replaceIn(json, isGone)] };
    }
    case 'whole':
      return { kind: 'whole', value: await rehashed(value.value, isGone) };
    case 'list': {
      const elements: (number | HashedValue)[] = [];
      for (const element of value.elements) {
        elements.push(typeof element === 'number' ? element : await rehashed(element, isGone));
      }
      return { kind: 'list', elements };
    }
  }
}

async function rehashed(hashed: HashedValue, isGone: IsGone): Promise<HashedValue> {
  const value = await withTombstones(hashed.value, isGone);
  return value === hashed.value ? hashed : { value, hash: await hashOf(value) };
}

function goneIn(drafting: Drafting): IsGone {
  const known = new Map<string, boolean>();
  return async (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const item = await findByKey(drafting, key);
    const isGone = item?.redactedAt !== undefined;
    known.set(key, isGone);
    return isGone;
  };
}

/** Whether anything was redacted or pruned in a thread: see `CheckpointLogRow.epoch`. */
export function mayHaveRedacted({ epoch }: { readonly epoch: number }): boolean {
  return epoch > 1;
}
