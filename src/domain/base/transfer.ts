import type { Ancestor, ThreadRow } from '../../records/tables.ts';
import type { TypedTable } from '../../records/table.ts';
import type { Row } from '../../records/records.ts';
import type { StoredThreadId } from '../../shared/ids.ts';
import type { Core } from './core.ts';
import type { Stretch } from './hooks.ts';

/**
 * How a noun's rows leave a store in a file and come into another store. Without a word of the
 * noun, every row of its tables is written as it is stored.
 */
export interface Transfer {
  /** The tables that stay behind, each with the reason, which the file tells its reader. */
  readonly leftOut?: Readonly<Record<string, string>>;
  /** The head of a thread as it is written. */
  readonly head?: (leaving: Leaving, head: ThreadRow) => Promise<ThreadRow>;
  /**
   * By the name of a table: a thread's rows as they are written, instead of those that are stored,
   * from sources that are each in the order of their keys. Of rows with the same key, the last one
   * of the last source is written. The table may be that of a noun below.
   */
  readonly rows?: Readonly<Record<string, (leaving: Leaving) => Sources | Promise<Sources>>>;
  /** By the name of a table: a row as the new store keeps it. */
  readonly arrive?: Readonly<Record<string, (row: Row) => Row>>;
}

type Sources = readonly AsyncIterable<Row>[];

/** A thread on its way into a file, with the threads that come along. */
export interface Leaving {
  readonly core: Core;
  /** As it is stored. */
  readonly head: ThreadRow;
  /** What it goes on sharing with threads that come along, oldest first. */
  readonly kept: readonly Ancestor[];
  /** What it inherits from threads that do not come along: it takes these rows with it. */
  readonly carried: readonly Stretch[];
  /** The head of another thread if that comes along, too. */
  readonly comesAlong: (threadId: StoredThreadId) => Promise<ThreadRow | undefined>;
  /** The stored rows of the thread in a table. */
  readonly own: <R>(table: TypedTable<R>) => AsyncIterable<R>;
}
