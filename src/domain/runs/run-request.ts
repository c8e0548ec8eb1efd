import type { ItemRow, RunRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { Drafting, Writing } from '../base/core.ts';
import type { NewItem } from '../../api/item.ts';
import type { PreparedItem } from '../log/prepare-item.ts';
import type { Chunk, Responder } from '../../api/responder.ts';
import type { RunPolicy } from '../../api/run.ts';

/** Who answers, and what of the answer is kept. */
export interface NewAnswer {
  readonly responder: Responder;
  /**
   * How it came to be: an answer that is continued goes on with whoever began it, where nobody was
   * named, and is never taken over by somebody else who was. One that a program hands in is what
   * that program now has.
   */
  readonly choice?: 'default' | 'named' | 'given';
  readonly comparisonId?: string;
  /** What is kept and sent of each chunk; `undefined` leaves it out. */
  readonly filter?: (chunk: Chunk) => Chunk | undefined;
}

/** One input and the runs that answer it, which begin together. */
export interface StartRuns {
  readonly items: readonly NewItem[];
  readonly answers: readonly NewAnswer[];
  readonly policy?: RunPolicy;
  readonly inputItemId?: string;
  readonly replacesId?: string;
  readonly archiveAfter?: string;
  readonly messageId?: string;
  readonly metadata?: JsonObject;
  /** Puts more into the same commit. It may run again, like every operation of the writer. */
  readonly alsoPut?: (
    draft: ThreadDraft,
    input: ItemRow,
    rows: readonly RunRow[],
  ) => void | Promise<void>;
  /** How the call is known again. Default: by the items and runs that it has made. */
  readonly repeat?: Repeat;
}

/** How a call is known again that is repeated under one idempotency key. */
export interface Repeat {
  /** What the caller asked for, as JSON. */
  readonly asked: () => unknown;
  idsOf(begun: Begun): readonly string[];
  recall(drafting: Drafting, ids: readonly string[]): Promise<Begun>;
}

/** The start of runs as a part of a commit. */
export interface Starting extends Writing, StartRuns {
  readonly requestId: string;
  readonly prepared: readonly PreparedItem[];
}

export interface Begun {
  readonly items: readonly ItemRow[];
  readonly rows: readonly RunRow[];
  /** Who answers in each of the runs, if they are new. */
  readonly answers: readonly NewAnswer[];
  readonly replayed: boolean;
}
