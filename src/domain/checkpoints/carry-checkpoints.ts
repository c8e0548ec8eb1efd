/**
 * What a thread takes with it of the checkpoints that it shares with a thread that stays behind:
 * the shared rows become its own, as they do when that thread is deleted (`leave-to-copies.ts`).
 */
import type { Row } from '../../records/records.ts';
import type { TypedTable } from '../../records/table.ts';
import {
  checkpointCopies,
  checkpointElements,
  checkpointLogs,
  checkpoints,
  checkpointWrites,
  type CheckpointAncestor,
  type CheckpointCopyRow,
  type CheckpointLogRow,
} from '../../records/tables.ts';
import { compareUtf8 } from '../../shared/bytes.ts';
import type { StoredThreadId } from '../../shared/ids.ts';
import type { Leaving, Transfer } from '../base/transfer.ts';
import { readLog } from './checkpoint-log.ts';
import { asFirst, sharedOf } from './leave-to-copies.ts';

export const checkpointsOfLeaving: NonNullable<Transfer['rows']> = {
  checkpoint_logs: (leaving) => [logOfLeaving(leaving)],
  checkpoints: (leaving) =>
    rowsOfLeaving(leaving, checkpoints, ({ threadId, version }) =>
      asFirst(leaving.core.records.scanAll(checkpoints, [threadId]), version),
    ),
  checkpoint_elements: (leaving) =>
    rowsOfLeaving(leaving, checkpointElements, ({ threadId, lanes }) =>
      sharedOf(leaving.core.records.scanAll(checkpointElements, [threadId]), lanes),
    ),
  checkpoint_writes: (leaving) =>
    rowsOfLeaving(leaving, checkpointWrites, ({ threadId, version }) =>
      asFirst(leaving.core.records.scanAll(checkpointWrites, [threadId]), version),
    ),
  checkpoint_copies: (leaving) => [listedCopies(leaving), distantCopies(leaving)],
};

/** What is carried, nearest last, and what goes on being shared. */
async function partingOf(
  { lineage = [] }: Pick<CheckpointLogRow, 'lineage'>,
  comesAlong: Leaving['comesAlong'],
): Promise<{
  readonly kept: readonly CheckpointAncestor[];
  readonly carried: readonly CheckpointAncestor[];
}> {
  const kept: CheckpointAncestor[] = [];
  for (const ancestor of lineage) if (await comesAlong(ancestor.threadId)) kept.push(ancestor);
  const last = kept.at(-1);
  return { kept, carried: lineage.slice(last === undefined ? 0 : lineage.indexOf(last) + 1) };
}

async function* logOfLeaving({ own, comesAlong }: Leaving): AsyncGenerator<CheckpointLogRow> {
  for await (const row of own(checkpointLogs)) {
    const { kept } = await partingOf(row, comesAlong);
    const isSame = kept.length === (row.lineage?.length ?? 0);
    yield isSame ? row : { ...row, lineage: kept.length === 0 ? undefined : kept };
  }
}

/** The rows that each carried thread shares, nearest last, and then the thread's own. */
async function rowsOfLeaving<R extends Row & { readonly threadId: StoredThreadId }>(
  leaving: Leaving,
  table: TypedTable<R>,
  sharedWith: (ancestor: CheckpointAncestor) => AsyncIterable<R>,
): Promise<readonly AsyncIterable<R>[]> {
  const { core, head, comesAlong } = leaving;
  const { carried } = await partingOf((await readLog(core.records, head.id)) ?? {}, comesAlong);
  const shared = carried.map((ancestor) => ofThread(head.id, sharedWith(ancestor)));
  return [...shared, leaving.own(table)];
}

async function* ofThread<R extends Row>(
  threadId: StoredThreadId,
  rows: AsyncIterable<R>,
): AsyncGenerator<R> {
  for await (const row of rows) yield { ...row, threadId };
}

async function* listedCopies(leaving: Leaving): AsyncGenerator<CheckpointCopyRow> {
  for await (const row of leaving.own(checkpointCopies)) {
    if (await leaving.comesAlong(row.copyId)) yield row;
  }
}

/** Copies that come along and share the thread's rows, where one between the two stays behind. */
async function* distantCopies(leaving: Leaving): AsyncGenerator<CheckpointCopyRow> {
  const { core, head, comesAlong } = leaving;
  const found: CheckpointCopyRow[] = [];
  const waiting: StoredThreadId[] = [head.id];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    for await (const { copyId } of core.records.scanAll<CheckpointCopyRow>(checkpointCopies, [
      next,
    ])) {
      if ((await comesAlong(copyId)) === undefined) waiting.push(copyId);
      else if (next !== head.id) {
        const log = await readLog(core.records, copyId);
        const home = (await partingOf(log ?? {}, comesAlong)).kept.at(-1);
        if (home?.threadId !== head.id) continue;
        found.push({ threadId: head.id, copyId, version: home.version });
      }
    }
  }
  yield* found.toSorted((a, b) => compareUtf8(a.copyId, b.copyId));
}
