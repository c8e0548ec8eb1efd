import { put } from '../../records/records.ts';
import { chunks as chunksTable, type StreamRow } from '../../records/tables.ts';
import type { Drafting } from '../base/core.ts';
import { seqOf } from '../streams/stream-writer.ts';
import type { Ending } from './ending.ts';
import type { Chunk } from '../../api/responder.ts';
import type { RunError } from '../../shared/run-failure.ts';
import type { RunStatus } from '../../api/run.ts';
import { writeStream } from './run-rows.ts';

/** Ends a run's stream together with the run. Its last chunk tells readers how it ended. */
export function endStream(
  { core, draft }: Drafting,
  stream: StreamRow,
  { status, error }: Ending,
): void {
  const last = lastChunk(status, error);
  const seq = seqOf(stream) + (last ? 1 : 0);
  const { threadId, id: streamId } = stream;
  if (last) draft.put(put(chunksTable, { threadId, streamId, seq, chunks: [last] }, null));
  const ended: StreamRow = {
    ...stream,
    status: status === 'completed' || status === 'interrupted' ? 'completed' : 'aborted',
    lastEventId: String(seq),
    expiresAt: draft.nowMs + core.runOptions.streamTtlMs,
  };
  writeStream(draft, ended, stream);
  core.tasks.sweepSoon();
}

function lastChunk(status: RunStatus, error: RunError | undefined): Chunk | undefined {
  if (status === 'failed') return { type: 'error', errorText: error?.message ?? 'The run failed.' };
  return status === 'cancelled' ? { type: 'abort' } : undefined;
}
