import { expectVersion, put } from '../../records/records.ts';
import { chunks, runs, streams, type ChunkRow, type StreamRow } from '../../records/tables.ts';
import type { ThreadExamination } from '../base/examination.ts';
import { examineEntries } from '../base/missing-entries.ts';
import { seqOf } from './stream-writer.ts';

/** Examines a thread's streams and their chunks. */
export async function examineStreams(exam: ThreadExamination): Promise<void> {
  for await (const row of exam.rows(streams)) {
    await examineEntries(exam, streams, row, `the stream ${row.id}`);
    if (await isOfRun(exam, row)) await examineEnd(exam, row);
  }
  let current: ChunksOfStream | undefined;
  for await (const row of exam.rows(chunks)) {
    if (current?.streamId !== row.streamId) {
      await current?.end();
      current = await ChunksOfStream.begin(exam, row.streamId);
    }
    await current.add(row);
  }
  await current?.end();
}

/**
 * Whether a run writes the stream. A stream that the operator created may number its events in any
 * way, and store them elsewhere.
 */
async function isOfRun(exam: ThreadExamination, { runId, id }: StreamRow): Promise<boolean> {
  if (runId === undefined) return false;
  const run = await exam.records.get(runs, [exam.head.id, runId]);
  return run?.streamId === id;
}

/** A run's stream must have all its chunks up to its last event until it expires. */
async function examineEnd(exam: ThreadExamination, row: StreamRow): Promise<void> {
  if (row.status === 'expired') return;
  const prefix = [row.threadId, row.id];
  const [last] = await exam.records.scan(chunks, { prefix, reverse: true, limit: 1 });
  if ((last?.seq ?? 0) >= seqOf(row)) return;
  await exam.found('gap', `the stream ${row.id} lacks its last chunks, up to ${seqOf(row)}`);
}

/** One pass over the chunks of a stream. */
class ChunksOfStream {
  readonly streamId: string;
  readonly #exam: ThreadExamination;
  readonly #stream: StreamRow | undefined;
  /**
   * The number of the last chunk so far; `undefined` before the first one if that may have any
   * number.
   */
  #seq: number | undefined;
  #count = 0;

  private constructor(
    exam: ThreadExamination,
    streamId: string,
    stream: StreamRow | undefined,
    beginsAfter: number | undefined,
  ) {
    this.#exam = exam;
    this.streamId = streamId;
    this.#stream = stream;
    this.#seq = beginsAfter;
  }

  static async begin(exam: ThreadExamination, streamId: string): Promise<ChunksOfStream> {
    const stream = await exam.records.get(streams, [exam.head.id, streamId]);
    const isCountedFromOne = stream !== undefined && (await isOfRun(exam, stream));
    return new ChunksOfStream(exam, streamId, stream, isCountedFromOne ? 0 : undefined);
  }

  async add(row: ChunkRow): Promise<void> {
    this.#count++;
    const before = row.seq - row.chunks.length;
    const isNext = this.#seq === undefined || this.#seq === before;
    this.#seq = row.seq;
    // The chunks of an expired stream are being deleted.
    if (this.#stream?.status === 'expired' || isNext) return;
    const detail = `the stream ${this.streamId} lacks chunks before ${row.seq}`;
    await this.#exam.found('gap', detail);
  }

  async end(): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined) {
      const detail = `${this.#count} groups of chunks are of the stream ${this.streamId}, which does not exist`;
      await this.#exam.found('leftover', detail);
    } else if (stream.status === 'expired') await this.#endExpired(stream);
    else if ((this.#seq ?? 0) > seqOf(stream)) await this.#endBehind(stream);
  }

  /** Sets a time on an expired stream, so that the next sweep deletes its chunks. */
  async #endExpired({ threadId, id, expiresAt }: StreamRow): Promise<void> {
    if (expiresAt !== undefined) return;
    await this.#exam.found('leftover', `the stream ${id} has expired, and still has chunks`, () =>
      this.#exam.records.deletePrefix(chunks, [threadId, id]),
    );
  }

  async #endBehind(stream: StreamRow): Promise<void> {
    const { threadId, id, version } = stream;
    const lastEventId = String(this.#seq);
    await this.#exam.found(
      'derived',
      `lastEventId of the stream ${id} should be ${lastEventId}`,
      () =>
        this.#exam.records.commit({
          puts: [put(streams, { ...stream, lastEventId, version: version + 1 }, stream)],
          expects: [expectVersion(streams, [threadId, id], version)],
        }),
    );
  }
}
