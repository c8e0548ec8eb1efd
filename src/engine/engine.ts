/**
 * The engine contract: what a storage engine must do, and all that Skein asks of one.
 *
 * Partitions. Each row is in the partition that the first columns of its key name, and each index entry
 * in one that the first columns of its index name. An engine may keep every partition on another machine:
 * apart from maintenance, a scan reads one partition.
 *
 * Ordering. Rows are ordered by their key columns, one after the other; an index orders them by its
 * columns and then by the key columns that are not among them. Strings order by their UTF-8 bytes, numbers by value, false before true.
 * Atomicity. A commit happens whole or not at all, also across a crash (see `atomicAcrossPartitions` for
 * engines that keep partitions apart).
 * Durability. When `commit` or `deletePrefix` resolves, what it did survives a crash of the process and
 * of the machine (unless the `durable` flag says otherwise).
 * Isolation. A read sees every write acknowledged before it began. One scan is a consistent view of one
 * partition. Two reads may see different states.
 * Absence. A missing row is `undefined`, never an error, and a scan past the end is an empty array.
 * Ownership. Rows belong to the engine once handed to it and to the caller once returned; neither side
 * changes a row afterwards, and JSON values inside are never shared between the two.
 *
 * The wrapper in `open-engine.ts` checks lifecycle and arguments once for all engines: an engine is
 * called only while open and only with arguments that fit the declarations.
 */
import type { JsonValue } from '../shared/json.ts';

export type ColumnType = 'string' | 'int' | 'number' | 'boolean' | 'json' | 'timestamp';

export interface Column {
  /** `int` is a safe integer, `number` any finite double, `timestamp` integer milliseconds since 1970. */
  readonly type: ColumnType;
  /** Whether a row may lack the column. Default false. A key column is never optional. */
  readonly optional?: boolean;
}

export interface Index {
  readonly name: string;
  /** Persisted by the LSM engine: 1 to 254, unique in the table, never given to another index. */
  readonly id: number;
  /** A row that lacks one of these columns has no entry in the index. JSON columns cannot stand here. */
  readonly columns: readonly string[];
  /**
   * How many leading columns name the partition of an entry, so that every list is one partition. Default:
   * as many as the table's. Where they are the table's own partition columns, an entry is in the partition
   * of its row; else the two are in different ones.
   *
   * 0 makes a queue by time, one list of the whole store. Its first column is a timestamp, and a scan says
   * from where on (`after`): entries that are gone leave traces, and a scan from the beginning of time
   * would wade through all of them. An engine may cut such a list by time.
   */
  readonly partition?: number;
}

export interface Table {
  readonly name: string;
  /** Persisted by the LSM engine: 1 to 254, unique in the store, never given to another table. */
  readonly id: number;
  readonly columns: Readonly<Record<string, Column>>;
  readonly key: readonly string[];
  /**
   * How many leading key columns name the partition. Rows of several tables whose partition columns
   * have the same values are in the same partition.
   */
  readonly partition: number;
  readonly indexes: readonly Index[];
  /** The table whose rows own these, by the first columns of the key: in SQL engines a foreign key that cascades. */
  readonly parent?: string;
}

/** A value of a row. JSON columns hold any `JsonValue`, the others a scalar of their type. */
export type Value = JsonValue;
/** A row has the declared columns and no others; an absent optional column is `undefined` or missing. */
export type Row = { readonly [column: string]: Value | undefined };
export type Scalar = string | number | boolean;
/** Values of the key columns, all of them, in order. */
export type Key = readonly Scalar[];

export interface Put {
  readonly table: Table;
  readonly row: Row;
  /**
   * What the caller knows to be there now, guarded by an `expects` of the same commit: the row, or
   * `null` for none. It spares the engine a read before it changes index entries. Left out, the engine
   * looks itself. If it is wrong, index entries go wrong: say only what a guard proves.
   */
  readonly replaces?: Row | null;
}

export interface Delete {
  readonly table: Table;
  readonly key: Key;
  /** As in `Put`. Deleting a missing row does nothing. */
  readonly replaces?: Row | null;
}

/** A condition on one row: that it is absent, or that its column `version` (an int) has this value. */
export interface Expect {
  readonly table: Table;
  readonly key: Key;
  readonly version: number | 'absent';
}

/** Deletes come before puts, and of two puts of one key the last stands; `replaces` tells what was before all. */
export interface Commit {
  readonly puts?: readonly Put[];
  readonly deletes?: readonly Delete[];
  /** All in one partition. When one does not hold, the commit throws `ConflictError` and changes nothing. */
  readonly expects?: readonly Expect[];
}

export interface Scan {
  readonly table: Table;
  /** The name of an index; left out, the rows are in key order. */
  readonly index?: string;
  /**
   * Values of the leading columns that every row must have: at least those that name the partition, of the
   * table or of the index.
   */
  readonly prefix: readonly Scalar[];
  /**
   * Allows a scan by key a shorter prefix, also none. It reads every partition, which may take long: never
   * on the way of a request. Default false.
   */
  readonly maintenance?: boolean;
  /** Values of the columns that follow the prefix, some or all: only rows beyond every row that begins with them. */
  readonly after?: readonly Scalar[];
  /** Likewise: only rows before every row that begins with these. Both bounds are in key order, also when reversed. */
  readonly before?: readonly Scalar[];
  /** From the greatest key down. Default false. */
  readonly reverse?: boolean;
  /** 1 to 1,000. */
  readonly limit: number;
}

/** The ways in which engines may differ. Code above `engines/` asks these, never an engine's name. */
export interface Capabilities {
  /** Acknowledged writes survive a crash. False: everything is gone with the process. */
  readonly durable: boolean;
  /**
   * A commit is one instant in all its partitions, and after a crash whole or nothing. False: the partition
   * of its `expects` is; index entries and rows of other partitions follow, and are there when the commit
   * resolves. After a crash in between they follow within minutes, unless something newer was written to
   * the same row, and none is lost. A commit without `expects` is atomic in each partition by itself.
   *
   * Meanwhile a scan by an index of another partition than the row's may give rows as they were, also
   * deleted ones, and lack new ones. The wrapper gives each as it is by its key or leaves it out. A row that
   * names another one (a fork, a request) is there before it: its reader waits (`Records.getNamed`).
   */
  readonly atomicAcrossPartitions: boolean;
  /** Several processes may have the same store open. False: a second one is refused when it opens. */
  readonly shared: boolean;
}

export interface Engine {
  readonly name: string;
  readonly capabilities: Capabilities;
  /**
   * Opens the store, making it where there is none. Refuses with `unavailable` a store in use, and one
   * of another format version. After a failed open nothing is held.
   */
  open(tables: readonly Table[]): Promise<void>;
  /** Waits for the writes under way and releases everything. */
  close(): Promise<void>;
  get(table: Table, key: Key): Promise<Row | undefined>;
  /** Rows in the order of the keys, `undefined` where there is none. At most 1,000 keys. */
  getMany(table: Table, keys: readonly Key[]): Promise<(Row | undefined)[]>;
  scan(scan: Scan): Promise<Row[]>;
  /** Throws `ConflictError`, or `unavailable` when the write could not be made durable. */
  commit(commit: Commit): Promise<void>;
  /**
   * Deletes all rows whose key begins with `prefix`, with their index entries, in bounded steps. After
   * a crash a part may remain: calling it again finishes the work.
   */
  deletePrefix(table: Table, prefix: readonly Scalar[]): Promise<void>;
  /**
   * Until it is closed, calls back soon after commits of other processes, with the partition, or
   * `undefined` when any may have moved. Only hints: some may be lost.
   */
  listen?(onHint: (partition: Key | undefined) => void): void;
}
