import { chunks as chunksTable, type StreamRow } from '../../records/tables.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { Core } from '../base/core.ts';
import type { Part } from '../../api/item.ts';
import { createFold, type Fold } from '../streams/fold-chunks.ts';
import type { Usage } from '../../api/run.ts';

/** What an answer amounts to up to a chunk of its stream. */
export interface Answer {
  readonly seq: number;
  readonly parts: readonly Part[];
  readonly metadata: JsonObject;
  readonly usage: Usage | undefined;
}

/**
 * Reads what the stored chunks of one stream amount to: the same for the process that made them and
 * for one that finds them. It goes on where it stopped, so that asking again costs what has come
 * since: whoever ends a long answer while it is written reads most of it before, and is not outrun
 * by the writer in the end.
 */
export class AnswerReader {
  readonly #core: Core;
  readonly #stream: StreamRow;
  readonly #fold: Fold;
  #seq = 0;

  constructor(core: Core, stream: StreamRow) {
    this.#core = core;
    this.#stream = stream;
    this.#fold = createFold(continuedParts(stream));
  }

  /** `seq` is that of the last chunk of a group, and never smaller than the time before. */
  async upTo(seq: number): Promise<Answer> {
    const { threadId, id } = this.#stream;
    while (this.#seq < seq) {
      const rows = await this.#core.records.scan(chunksTable, {
        prefix: [threadId, id],
        after: [this.#seq],
        limit: groupsReadMax,
      });
      for (const row of rows) {
        if (row.seq > seq) break;
        for (const chunk of row.chunks) this.#fold.add(chunk);
        this.#seq = row.seq;
      }
      // Chunks that are gone are no part of the answer any more.
      if (rows.length < groupsReadMax || rows.at(-1)!.seq >= seq) this.#seq = seq;
    }
    const { parts, metadata, usage } = this.#fold;
    return { seq, parts, metadata, usage };
  }
}

const groupsReadMax = 500;

/** The parts that an answer had before it was continued. */
export function continuedParts(stream: StreamRow): readonly Part[] | undefined {
  return stream.snapshot as readonly Part[] | undefined; // continueRun put it there
}
