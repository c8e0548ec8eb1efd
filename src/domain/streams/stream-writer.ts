import { streamHintKey } from '../../records/hints.ts';
import { expectVersion, put, type Expect } from '../../records/records.ts';
import { chunks as chunksTable, streams, type StreamRow } from '../../records/tables.ts';
import { backOff, whileDatabaseIsAway } from '../../shared/backoff.ts';
import { ConflictError } from '../../shared/error.ts';
import type { Chunk } from '../../api/responder.ts';
import { sizeBound } from '../../shared/validate.ts';
import { hasExpired } from './expire-streams.ts';
import { isStepBoundary } from './fold-chunks.ts';
import type { Core } from '../base/core.ts';

/**
 * Appends chunks to one stream in groups: the first immediately, the next one when the previous is
 * durable and `flushIntervalMs` have passed since it began. The first visible chunk does not wait
 * for the interval, either, since the chunks that announce it have often been sent just before.
 * Readers see a chunk only once it is durable, so nothing that was seen is ever lost, and a partial
 * answer is exactly what its readers saw.
 *
 * Every group is one commit of the chunks and the stream's row, guarded by the row's version and by
 * what else the writer must hold. Another process that ends the stream raises the version, after
 * which this writer can write nothing (`isLost`). Since every group raises it, too, a fast writer
 * would win against every process that wants to end it, which therefore takes from it what it must
 * hold.
 *
 * Invariants: sequence numbers count from 1 without gaps; at most one commit is in progress.
 */
export class StreamWriter {
  readonly #core: Core;
  readonly #options: StreamWriterOptions;
  #row: StreamRow;
  #pending: Chunk[] = [];
  #pendingBytes = 0;
  #flushing: Promise<void> | undefined;
  #flushedAtMs = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isLost = false;
  /**
   * `now`: the visible chunk that people wait for has arrived, and is written as soon as possible.
   */
  #firstContent: 'awaited' | 'now' | 'written' = 'awaited';

  constructor(core: Core, row: StreamRow, options: StreamWriterOptions) {
    this.#core = core;
    this.#row = row;
    this.#options = options;
  }

  /** The number of the last durable chunk. */
  get seq(): number {
    return seqOf(this.#row);
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** So much is buffered that the producer should wait for `flush`. */
  get isFull(): boolean {
    return this.#pendingBytes > pendingBytesMax;
  }

  /** The first visible chunk is waiting to be written. */
  get isUrgent(): boolean {
    return this.#firstContent === 'now';
  }

  append(chunk: Chunk): void {
    if (this.#isLost) return;
    this.#pending.push(chunk);
    this.#pendingBytes += sizeBound(chunk);
    if (this.#firstContent === 'awaited' && !announcements.has(chunk.type)) {
      this.#firstContent = 'now';
      this.#cancelTimer();
    }
    if (this.#flushing === undefined && this.#timer === undefined) this.#schedule();
  }

  /** Resolves when everything appended so far is durable, or the stream is lost. Never rejects. */
  async flush(): Promise<void> {
    while ((this.#pending.length > 0 || this.#flushing) && !this.#isLost) {
      this.#cancelTimer();
      await (this.#flushing ?? this.#begin());
    }
    this.#cancelTimer();
  }

  #schedule(): void {
    if (this.#firstContent === 'now') {
      void this.#begin();
      return;
    }
    const waitMs = this.#flushedAtMs + this.#options.flushIntervalMs - performance.now();
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        void this.#begin();
      },
      // Even without a wait, all chunks of one turn of the event loop go into one group.
      Math.max(waitMs, 0),
    );
  }

  #cancelTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #begin(): Promise<void> {
    this.#flushing = this.#flushOnce().finally(() => {
      this.#flushing = undefined;
      if (this.#pending.length > 0 && !this.#isLost) this.#schedule();
    });
    return this.#flushing;
  }

  async #flushOnce(): Promise<void> {
    await Promise.resolve(); // chunks appended in the same turn go along
    if (this.#firstContent === 'now') this.#firstContent = 'written';
    const group = this.#pending;
    const bytes = this.#pendingBytes;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#flushedAtMs = performance.now();
    if (group.length === 0 || this.#isLost) return;
    try {
      const seq = await this.#commit(group);
      const { threadId, id, resumeToken } = this.#row;
      const key = streamHintKey(threadId, id);
      this.#core.hints.streams.publish(key, { seq, chunks: group, resumeToken }, bytes);
    } catch (error) {
      this.#isLost = true;
      this.#cancelTimer();
      this.#options.onLost(error);
    }
  }

  /** Writes a group and returns the number of its last chunk. */
  async #commit(group: readonly Chunk[]): Promise<number> {
    const { threadId, id: streamId } = this.#row;
    const { holding } = this.#options;
    const seq = seqOf(this.#row) + group.length;
    for (let attempt = 1; ; attempt++) {
      if (hasExpired(this.#row, this.#core.clock())) await this.#renew();
      const base = this.#row;
      const row = this.#advance(base, group, seq);
      try {
        await this.#core.records.commit({
          puts: [
            put(chunksTable, { threadId, streamId, seq, chunks: group }, null),
            put(streams, row, base),
          ],
          expects: [
            expectVersion(streams, [threadId, streamId], base.version),
            ...(holding ? [holding.expect()] : []),
          ],
        });
        this.#row = row;
        return seq;
      } catch (error) {
        const isLost = error instanceof ConflictError && holding && !(await holding.isHeld());
        if (isLost) throw error;
        if (!(await backOff(attempt, whileDatabaseIsAway))) throw error;
        if (await this.#isWritten(error, seq)) return seq;
      }
    }
  }

  /** Reads the row again, whose time another commit may have prolonged. */
  async #renew(): Promise<void> {
    const stored = await this.#stored();
    if (stored === undefined || hasExpired(stored, this.#core.clock())) {
      throw new ConflictError('The stream has expired.');
    }
    this.#row = stored;
  }

  /** The row, unless the stream has ended or its id is in use by another one. */
  async #stored(): Promise<StreamRow | undefined> {
    const { threadId, id, resumeToken } = this.#row;
    const stored = await this.#core.records.get(streams, [threadId, id]);
    const isOurs = stored?.status === 'active' && stored.resumeToken === resumeToken;
    return isOurs ? stored : undefined;
  }

  /** After a failure with an unknown outcome: checks whether the group was stored. */
  async #isWritten(failure: unknown, seq: number): Promise<boolean> {
    const stored = await this.#stored();
    if (stored === undefined) throw failure;
    const isOurs = seqOf(stored) === seq && stored.version > this.#row.version;
    const isStill = seqOf(stored) === seqOf(this.#row);
    if (!isOurs && !isStill) throw new ConflictError('Another writer has changed the stream.');
    this.#row = stored;
    return isOurs;
  }

  #advance(base: StreamRow, group: readonly Chunk[], seq: number): StreamRow {
    const boundary = group.findLastIndex(isStepBoundary);
    return {
      ...base,
      lastEventId: String(seq),
      ...(boundary >= 0 && { stepSeq: seq - group.length + boundary }),
      updatedAt: this.#core.clock(),
      version: base.version + 1,
    };
  }
}

interface StreamWriterOptions {
  readonly flushIntervalMs: number;
  /** Called once, if another process has ended the stream or it cannot be written. */
  readonly onLost: (reason: unknown) => void;
  readonly holding?: Holding;
}

/** What a writer must hold to write, such as the lease of a run. */
export interface Holding {
  /** The condition of every commit. Its row is in the stream's thread. */
  expect(): Expect;
  /** Looks again, after a commit has failed. */
  isHeld(): Promise<boolean>;
}

/** The sequence number of the last chunk that is kept. */
export function seqOf(row: StreamRow): number {
  return Number(row.lastEventId ?? 0);
}

/** The chunks that precede the first visible one. */
const announcements: ReadonlySet<string> = new Set([
  'start',
  'start-step',
  'text-start',
  'reasoning-start',
  'message-metadata',
]);

const pendingBytesMax = 1024 * 1024;
