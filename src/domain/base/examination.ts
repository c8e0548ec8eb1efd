import type { Records } from '../../records/records.ts';
import type { TypedTable } from '../../records/table.ts';
import type { ThreadRow } from '../../records/tables.ts';
import type { ThreadId } from '../../shared/ids.ts';

/**
 * How the doctor lets a noun look at its tables. A problem that can be derived anew comes with a
 * repair, which is run when the operator asks for it, and may throw what the engine throws.
 */
export interface Examination {
  readonly records: Records;
  /** Whether a row of another partition that is missing may be on its way to where it is read. */
  readonly mayComeLater: boolean;
  /** Notes that something is wrong. */
  found(kind: ProblemKind, detail: string, repair?: Repair): Promise<void>;
}

/** The examination of what lies under one thread, which is not deleted. */
export interface ThreadExamination extends Examination {
  /** As it is now: a repair of an earlier noun may have changed it. */
  readonly head: ThreadRow;
  /** The thread's rows of a table of the noun's, in the order of their keys, once. */
  rows<R>(table: TypedTable<R>): AsyncIterable<R>;
  /** Whether the rows of a deleted thread are still to go. */
  waitsForPurge(threadId: ThreadId): Promise<boolean>;
  /** Repairs the head. */
  updateHead(patch: Partial<ThreadRow>): Promise<void>;
}

/** The examination of what lies under no thread. */
export interface StoreExamination extends Examination {
  /** All rows of a table, in the order of their keys. */
  rows<R>(table: TypedTable<R>): AsyncIterable<R>;
}

/** What a noun examines of its tables. */
export interface Examine {
  readonly thread?: (exam: ThreadExamination) => Promise<void>;
  readonly store?: (exam: StoreExamination) => Promise<void>;
}

export type Repair = () => Promise<unknown>;

/**
 * `order`: the log itself is not in order. `head`, `list`, `key`: a column of a head, a place in a
 * list, or an entry under a key is not what follows from the log. `derived`: likewise a column or
 * row of another table. `reference`: a row names something that is not there. `state`: columns of a
 * row contradict each other. `gap`: chunks are missing. `leftover`: rows whose owner is gone.
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
