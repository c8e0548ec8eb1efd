import { chunks as chunksTable, type StreamRow } from '../../records/tables.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { Core } from '../base/core.ts';
import type { Part } from '../../api/item.ts';
import { createFold, type Fold } from '../streams/fold-chunks.ts';
import type { Usage } from '../../api/run.ts';

/** The answer up to a chunk of its stream. */
export interface Answer {
  readonly seq: number;
  readonly parts: readonly Part[];
  readonly metadata: JsonObject;
  readonly usage: Usage | undefined;
}

/**
 * Computes the answer from the stored chunks of a stream, with the same result in the process that
 * produces them and in any other. It continues where it stopped, so that a repeated call costs only
 * the new chunks: a process that ends a long answer during its production reads most of it in
 * advance, and the writer cannot outrun it at the end.
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

  /** `seq` is that of a group's last chunk, and never smaller than in the previous call. */
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
      // Deleted chunks no longer belong to the answer.
      if (rows.length < groupsReadMax || rows.at(-1)!.seq >= seq) this.#seq = seq;
    }
    const { parts, metadata, usage } = this.#fold;
    return { seq, parts, metadata, usage };
  }
}

const groupsReadMax = 500;

/** The parts of an answer before it was continued. */
export function continuedParts(stream: StreamRow): readonly Part[] | undefined {
  return stream.snapshot as readonly Part[] | undefined; // continueRun put it there
}
