import { chunks as chunksTable, type StreamRow } from '../../records/tables.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { Core } from '../base/core.ts';
import type { Part } from '../../api/item.ts';
import { createFold } from '../streams/fold-chunks.ts';
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
 * produces them and in any other. `seq` is that of a group's last chunk.
 */
export async function readAnswer(core: Core, stream: StreamRow, seq: number): Promise<Answer> {
  const fold = createFold(continuedParts(stream));
  for (let after = 0; after < seq;) {
    const rows = await core.records.scan(chunksTable, {
      prefix: [stream.threadId, stream.id],
      after: [after],
      limit: groupsReadMax,
    });
    for (const row of rows) {
      if (row.seq > seq) break;
      for (const chunk of row.chunks) fold.add(chunk);
    }
    // Deleted chunks no longer belong to the answer.
    after = rows.length < groupsReadMax ? seq : rows.at(-1)!.seq; // a full page has a last row
  }
  const { parts, metadata, usage } = fold;
  return { seq, parts, metadata, usage };
}

const groupsReadMax = 500;

/** The parts of an answer before it was continued. */
export function continuedParts(stream: StreamRow): readonly Part[] | undefined {
  return stream.snapshot as readonly Part[] | undefined; // continueRun put it there
}
