import type { Records } from '../../records/records.ts';
import type { TypedTable } from '../../records/table.ts';
import type { ThreadRow } from '../../records/tables.ts';
import type { StoredThreadId } from '../../shared/ids.ts';

/**
 * How the doctor lets a noun examine its tables. A problem in derived data comes with a repair,
 * which runs if the operator asks for it and may throw what the engine throws.
 */
export interface Examination {
  readonly records: Records;
  /** Whether a row missing in another partition may still arrive there. */
  readonly mayComeLater: boolean;
  /** Whether what an older version derived in another form is to be renewed, too. */
  readonly isRebuilding: boolean;
  /** Reports a problem. */
  found(kind: ProblemKind, detail: string, repair?: Repair): Promise<void>;
}

/** The examination of one thread that is not deleted. */
export interface ThreadExamination extends Examination {
  /** The current head: the repair of an earlier noun may have changed it. */
  readonly head: ThreadRow;
  /** The thread's rows in one of the noun's tables, in key order. Call it once per table. */
  rows<R>(table: TypedTable<R>): AsyncIterable<R>;
  /** Whether the rows of a deleted thread are still to be purged. */
  waitsForPurge(threadId: StoredThreadId): Promise<boolean>;
  /** Repairs the head. */
  updateHead(patch: Partial<ThreadRow>): Promise<void>;
}

/** The examination of rows outside threads. */
export interface StoreExamination extends Examination {
  /** All rows of a table, in key order. */
  rows<R>(table: TypedTable<R>): AsyncIterable<R>;
}

/** How a noun examines its tables. */
export interface Examine {
  readonly thread?: (exam: ThreadExamination) => Promise<void>;
  readonly store?: (exam: StoreExamination) => Promise<void>;
}

export type Repair = () => Promise<unknown>;

/**
 * `order`: the log itself is out of order. `head`, `list`, `key`: a column of a head, an entry of a
 * list, or an entry under a key does not follow from the log. `derived`: likewise a column or row
 * of another table. `reference`: a row names something that does not exist. `state`: columns of a
 * row contradict each other. `gap`: chunks are missing. `leftover`: the owner of the rows is gone.
 */
export type ProblemKind =
  | 'order'
  | 'head'
  | 'list'
  | 'key'
  | 'derived'
  | 'reference'
  | 'state'
  | 'gap'
  | 'leftover';
