import { deletion, expectVersion, put } from '../../records/records.ts';
import { TimeQueue } from '../../records/time-queue.ts';
import { chunks, streams, type StreamRow } from '../../records/tables.ts';
import { ConflictError } from '../../shared/error.ts';
import type { Core } from '../base/core.ts';
import { perStore } from '../base/per-store.ts';

const expiryOf = perStore((core) => new TimeQueue(core, streams, 'byExpiry'));

/** Whether the content of a stream is gone, or about to be deleted. */
export function hasExpired({ status, expiresAt }: StreamRow, nowMs: number): boolean {
  return status === 'expired' || (expiresAt !== undefined && expiresAt <= nowMs);
}

/** Deletes the chunks of streams that ended a while ago, at most 100 streams per call. */
export async function sweepStreams(core: Core): Promise<void> {
  for (const row of await expiryOf(core).first(100)) await expireStream(core, row);
}

/**
 * Deletes the content of a stream, but not its row. Every step is guarded by the row's version:
 * another process may have freed the id and begun a new stream with it.
 */
export async function expireStream(core: Core, row: StreamRow): Promise<void> {
  try {
    const blocked = row.status === 'active' ? await blockWriter(core, row) : row;
    await deleteChunks(core, blocked);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error; // another process has done it
  }
}

/** The clock of a writer elsewhere may be behind: after this it can write nothing more. */
async function blockWriter({ records }: Core, row: StreamRow): Promise<StreamRow> {
  const { threadId, id, version } = row;
  const blocked = { ...row, status: 'expired', version: version + 1 };
  await records.commit({
    puts: [put(streams, blocked, row)],
    expects: [expectVersion(streams, [threadId, id], version)],
  });
  return blocked;
}

/** The row changes with the last chunks: after a crash in between, the next sweep finds it. */
async function deleteChunks({ records }: Core, row: StreamRow): Promise<void> {
  const { threadId, id, version } = row;
  const gone = {
    ...row,
    status: 'expired',
    snapshot: undefined,
    expiresAt: undefined,
    version: version + 1,
  };
  for (let isLast = false; !isLast;) {
    const rows = await records.scan(chunks, { prefix: [threadId, id], limit: deletedMax });
    isLast = rows.length < deletedMax;
    await records.commit({
      deletes: rows.map(({ seq }) => deletion(chunks, [threadId, id, seq])),
      ...(isLast && { puts: [put(streams, gone, row)] }),
      expects: [expectVersion(streams, [threadId, id], version)],
    });
  }
}

/** Chunks that are deleted in one commit. */
const deletedMax = 500;
