/**
 * Streams without a run, for programs that bring their own chunks: a durable log that many readers
 * can follow on any server while it is written. For the operator: access rules do not apply.
 */
import { streamHintKey } from '../../records/hints.ts';
import { chunks as chunksTable, streams, type StreamRow } from '../../records/tables.ts';
import { notFound, SkeinError } from '../../shared/error.ts';
import { mustStoredAddress } from '../access/authorize.ts';
import type { Core } from '../base/core.ts';
import type { Chunk } from '../../api/responder.ts';
import { mustShortText } from '../../shared/validate.ts';
import type { Stream, StreamKey, StreamProducer, StreamUpdate } from '../../api/stream.ts';
import { hasExpired } from './expire-streams.ts';
import { StreamWriter } from './stream-writer.ts';
import { deleteStream, presentStream, updateStream } from './write-streams.ts';

/** See `OperatorStreamsApi.find`. */
export async function findStream(core: Core, key: StreamKey): Promise<Stream | undefined> {
  const row = await readRow(core, key);
  return row && presentStream(row);
}

async function readRow(core: Core, key: StreamKey): Promise<StreamRow | undefined> {
  const id = mustShortText(key.id, 'id');
  const threadId = await core.writer.idOf(mustStoredAddress(key.threadId));
  return threadId && core.records.get(streams, [threadId, id]);
}

/** See `OperatorStreamsApi.open`. */
export async function openStream(
  core: Core,
  key: StreamKey & { readonly resumeToken: string },
): Promise<StreamProducer> {
  const row = await readRow(core, key);
  if (row === undefined) throw notFound('The stream');
  const isOpen = row.status === 'active' && !hasExpired(row, core.clock());
  if (!isOpen || row.resumeToken !== key.resumeToken) {
    throw new SkeinError('conflict', 'The stream has ended, or another writer holds it.');
  }
  return new LogProducer(core, row);
}

class LogProducer implements StreamProducer {
  readonly #core: Core;
  readonly #row: StreamRow;
  readonly #writer: StreamWriter;

  constructor(core: Core, row: StreamRow) {
    this.#core = core;
    this.#row = row;
    const { flushIntervalMs } = core.runOptions;
    // The caller checks `isLost` when it matters.
    this.#writer = new StreamWriter(core, row, { flushIntervalMs, onLost: () => undefined });
  }

  get isLost(): boolean {
    return this.#writer.isLost;
  }

  get isFull(): boolean {
    return this.#writer.isFull;
  }

  append(chunk: Chunk): void {
    this.#writer.append(chunk);
  }

  flush(): Promise<void> {
    return this.#writer.flush();
  }

  async end(status: 'completed' | 'aborted', keptForMs: number): Promise<boolean> {
    await this.#writer.flush();
    if (this.#writer.isLost) return false;
    const { threadId, id } = this.#row;
    const expiresAt = new Date(this.#core.clock() + keptForMs).toISOString();
    if (!(await this.#close({ threadId, id, status, expiresAt }))) return false;
    this.#core.hints.streams.wake(streamHintKey(threadId, id));
    this.#core.tasks.sweepSoon();
    return true;
  }

  async #close(update: StreamUpdate): Promise<boolean> {
    try {
      await updateStream(this.#core, update);
      return true;
    } catch (error) {
      // Another process has ended, deleted or taken over the stream, or it has expired.
      if (error instanceof SkeinError && lostCodes.has(error.code)) return false;
      throw error;
    }
  }
}

const lostCodes: ReadonlySet<string> = new Set(['conflict', 'not_found']);

/**
 * See `OperatorStreamsApi.delete`. First it blocks all writers, then it deletes the chunks, then
 * the row: after a crash in between, the stream is found as an expired one.
 */
export async function dropStream(core: Core, key: StreamKey): Promise<void> {
  const row = await readRow(core, key);
  const { ifVersion, ...current } = key;
  if (row && ifVersion !== undefined && row.version !== ifVersion) return deleteStream(core, key);
  if (row?.status === 'active') await updateStream(core, { ...key, status: 'expired' });
  if (row) await core.records.deletePrefix(chunksTable, [row.threadId, row.id]);
  await deleteStream(core, row?.status === 'active' ? current : key);
  if (row) core.hints.streams.wake(streamHintKey(row.threadId, row.id));
}
