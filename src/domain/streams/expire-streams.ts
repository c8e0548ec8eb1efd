import { expectVersion, put } from '../../records/records.ts';
import { TimeQueue } from '../../records/time-queue.ts';
import { chunks, streams, type StreamRow } from '../../records/tables.ts';
import { ConflictError } from '../../shared/error.ts';
import type { Core } from '../base/core.ts';
import { perStore } from '../base/per-store.ts';

const expiryOf = perStore((core) => new TimeQueue(core, streams, 'byExpiry'));

/** Deletes the chunks of streams that ended a while ago, at most 100 streams per call. */
export async function sweepStreams(core: Core): Promise<void> {
  for (const row of await expiryOf(core).first(100)) await expireStream(core, row);
}

/** Deletes the content of a stream, but not its row. */
export async function expireStream({ records }: Core, row: StreamRow): Promise<void> {
  const { threadId, id } = row;
  // The chunks go first: after a crash in between, the stream is found again.
  await records.deletePrefix(chunks, [threadId, id]);
  const gone = {
    ...row,
    status: 'expired',
    snapshot: undefined,
    expiresAt: undefined,
    version: row.version + 1,
  };
  const expects = [expectVersion(streams, [threadId, id], row.version)];
  try {
    await records.commit({ puts: [put(streams, gone, row)], expects });
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error; // another process has done it
  }
}
