import type { ItemRow, RunRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { Drafting, Writing } from '../base/core.ts';
import type { NewItem } from '../../api/item.ts';
import type { PreparedItem } from '../log/prepare-item.ts';
import type { Chunk, Responder } from '../../api/responder.ts';
import type { RunPolicy } from '../../api/run.ts';
import type { VersionOptions } from '../../api/write-options.ts';

/** The responder of an answer, and what to keep of the answer. */
export interface NewAnswer {
  readonly responder: Responder;
  /**
   * How the responder was chosen. By default an answer is continued by the responder that began it,
   * and another named one is rejected. A `given` one is what the program passes now.
   */
  readonly choice?: 'default' | 'named' | 'given';
  readonly comparisonId?: string;
  /** The agent of the thread that answers, by its own id. */
  readonly authorId?: string | undefined;
  /** See `RunRow`. Default: a person asks, and the answer is the first of a chain. */
  readonly links?: number;
  /** What is stored and sent of each chunk; `undefined` drops it. */
  readonly filter?: (chunk: Chunk) => Chunk | undefined;
}

/** An input and the runs that answer it, which begin together. */
export interface StartRuns {
  readonly items: readonly NewItem[];
  readonly answers: readonly NewAnswer[];
  readonly policy?: RunPolicy;
  readonly inputItemId?: string;
  readonly replacesId?: string;
  readonly retriesId?: string;
  readonly archiveAfter?: string;
  readonly messageId?: string;
  readonly metadata?: JsonObject;
  /** Puts more into the same commit. It may run again, like every operation of the writer. */
  readonly alsoPut?: (
    draft: ThreadDraft,
    input: ItemRow,
    rows: readonly RunRow[],
  ) => void | Promise<void>;
  /** How to recognize a repeated call. Default: by the items and runs that it created. */
  readonly repeat?: Repeat;
}

/** How to recognize a call that is repeated with the same idempotency key. */
export interface Repeat {
  /** The content of the call, as JSON. */
  readonly asked: () => unknown;
  idsOf(begun: Begun): readonly string[];
  recall(drafting: Drafting, ids: readonly string[]): Promise<Begun>;
}

/** The start of runs as part of a commit. */
export interface Starting extends Writing, StartRuns {
  readonly requestId: string;
  readonly prepared: readonly PreparedItem[];
  readonly ifVersion: VersionOptions['ifVersion'];
}

export interface Begun {
  readonly items: readonly ItemRow[];
  readonly rows: readonly RunRow[];
  /** The responder of each run, if the runs are new. */
  readonly answers: readonly NewAnswer[];
  readonly replayed: boolean;
}
