/**
 * The engine contract: everything that Skein asks of a storage engine.
 *
 * Partitions. The first columns of a row's key name its partition, and the first columns of an
 * index name the partition of its entries. An engine may keep every partition on another machine:
 * except for maintenance, a scan reads one partition.
 * Ordering. Rows are ordered by their key columns; an index orders them by its columns and then by
 * the remaining key columns. Strings order by their UTF-8 bytes, numbers by value, false before
 * true.
 * Atomicity. A commit takes effect as a whole or not at all, even in a crash (for engines that
 * keep partitions apart, see `atomicAcrossPartitions`).
 * Durability. Once `commit` or `deletePrefix` resolves, its effect survives a crash of the process
 * and of the machine (unless the `durable` flag says otherwise).
 * Isolation. A read sees every write acknowledged before it began. One scan is a consistent view
 * of one partition. Two reads may see different states.
 * Absence. A missing row is `undefined`, never an error; a scan past the end is an empty array.
 * Ownership. Rows belong to the engine once passed in and to the caller once returned. Neither
 * side changes them afterwards, and the two never share JSON values.
 *
 * The wrapper in `open-engine.ts` checks lifecycle and arguments for all engines: an engine is
 * called only while open, and only with arguments that fit the declarations.
 */
import type { JsonValue } from '../shared/json.ts';

export type ColumnType = 'string' | 'int' | 'number' | 'boolean' | 'json' | 'timestamp';

export interface Column {
  /** `int`: a safe integer; `number`: a finite double; `timestamp`: integer ms since 1970. */
  readonly type: ColumnType;
  /** Whether a row may lack the column. Default false. A key column is never optional. */
  readonly optional?: boolean;
}

export interface Index {
  readonly name: string;
  /** Persisted by the LSM engine: 1 to 254, unique in the table, never reused. */
  readonly id: number;
  /** A row that lacks one of these columns has no entry. JSON columns are not allowed. */
  readonly columns: readonly string[];
  /** Optional columns that a row must have, too, to have an entry. They do not order it. */
  readonly requires?: readonly string[];
  /**
   * How many leading columns name the partition of an entry, so that every list is in one. Default:
   * the table's number. If they are the table's own, an entry is in the partition of its row.
   *
   * 0 makes a queue by time: one list for the store, whose first column is a timestamp. A scan must
   * say where to start (`after`): deleted entries leave traces. An engine may split it by time.
   */
  readonly partition?: number;
}

export interface Table {
  readonly name: string;
  /** Persisted by the LSM engine: 1 to 254, unique in the store, never reused. */
  readonly id: number;
  readonly columns: Readonly<Record<string, Column>>;
  readonly key: readonly string[];
  /**
   * How many leading key columns name the partition. Rows of several tables whose partition columns
   * have the same values are in the same partition.
   */
  readonly partition: number;
  readonly indexes: readonly Index[];
  /** The table whose rows own these, by the first key columns: in SQL a cascading foreign key. */
  readonly parent?: string;
}

/** A value of a row. JSON columns hold any `JsonValue`, the others a scalar of their type. */
export type Value = JsonValue;
/** Has only declared columns; an absent optional column is `undefined` or missing. */
export type Row = { readonly [column: string]: Value | undefined };
export type Scalar = string | number | boolean;
/** Values of all key columns, in order. */
export type Key = readonly Scalar[];

export interface Put {
  readonly table: Table;
  readonly row: Row;
  /**
   * The row that the caller knows to be stored, or `null` for none, as guarded by an `expects` of
   * the same commit. It saves the engine a read before it updates index entries. Default: the
   * engine reads the row. A wrong value corrupts index entries: pass only what a guard proves.
   */
  readonly replaces?: Row | null;
}

export interface Delete {
  readonly table: Table;
  readonly key: Key;
  /** As in `Put`. Deleting a missing row does nothing. */
  readonly replaces?: Row | null;
}

/** A condition on one row: it is absent, or its int column `version` has this value. */
export interface Expect {
  readonly table: Table;
  readonly key: Key;
  readonly version: number | 'absent';
}

/** Deletes precede puts; the last put of a key wins; `replaces` is the row before the commit. */
export interface Commit {
  readonly puts?: readonly Put[];
  readonly deletes?: readonly Delete[];
  /** All in one partition. If one fails, the commit throws `ConflictError` and changes nothing. */
  readonly expects?: readonly Expect[];
}

export interface Scan {
  readonly table: Table;
  /** Default: rows in key order. */
  readonly index?: string;
  /** Values of leading columns, at least those that name the partition of the table or index. */
  readonly prefix: readonly Scalar[];
  /**
   * Allows a scan by key a shorter prefix, even none. It reads every partition and may take long:
   * never use it within a request. Default false.
   */
  readonly maintenance?: boolean;
  /** Values of columns that follow the prefix: only rows after all rows that begin with them. */
  readonly after?: readonly Scalar[];
  /** Likewise: only rows before these. `reverse` does not exchange the two bounds. */
  readonly before?: readonly Scalar[];
  /** In descending order. Default false. */
  readonly reverse?: boolean;
  /** 1 to 1,000. */
  readonly limit: number;
}

/** How engines may differ. Code above `engines/` asks these flags, never an engine's name. */
export interface Capabilities {
  /** Acknowledged writes survive a crash. False: all data is lost when the process ends. */
  readonly durable: boolean;
  /**
   * A commit takes effect at one instant in all its partitions, and after a crash as a whole or not
   * at all. False: this holds for the partition of its `expects`. Index entries and rows of other
   * partitions follow, and are there when the commit resolves; after a crash in between they follow
   * within minutes, unless something newer was written to the same row, and none is lost. A commit
   * without `expects` is atomic in each partition by itself.
   *
   * Meanwhile a scan by an index in another partition than its rows may return old or deleted rows,
   * and lack new ones. The wrapper replaces each by the row stored under its key, or omits it. A
   * row that names a row elsewhere (a fork, a request) may precede it: readers use
   * `Records.getNamed`.
   */
  readonly atomicAcrossPartitions: boolean;
  /** Several processes may open the same store. False: opening it a second time is refused. */
  readonly shared: boolean;
}

export interface Engine {
  readonly name: string;
  readonly capabilities: Capabilities;
  /**
   * Opens the store, creating it if there is none. Throws `unavailable` if the store is in use or
   * has another format version. After a failed open, no resource is held.
   */
  open(tables: readonly Table[]): Promise<void>;
  /** Waits for the writes in progress and releases all resources. */
  close(): Promise<void>;
  get(table: Table, key: Key): Promise<Row | undefined>;
  /** Rows in the order of the keys, `undefined` for a missing one. At most 1,000 keys. */
  getMany(table: Table, keys: readonly Key[]): Promise<(Row | undefined)[]>;
  scan(scan: Scan): Promise<Row[]>;
  /** Throws `ConflictError`, or `unavailable` if the write could not be made durable. */
  commit(commit: Commit): Promise<void>;
  /**
   * Deletes all rows whose key begins with `prefix`, with their index entries, in bounded steps.
   * After a crash some may remain: calling it again finishes the work.
   */
  deletePrefix(table: Table, prefix: readonly Scalar[]): Promise<void>;
  /**
   * Until the engine closes, calls back soon after commits of other processes, with the partition,
   * or `undefined` for any, and after their `hint`, with its key. Some of these may be lost.
   */
  listen?(onHint: (partition: Key | undefined) => void): void;
  hint?(key: Key): void;
  /** Leaves no deleted or replaced bytes in the files. Maintenance: takes as long as a copy. */
  compact?(): Promise<void>;
}
