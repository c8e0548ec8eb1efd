/** What of a store is exported. Without any field, everything. */
export interface ExportSelection {
  /** Only what belongs to this project. */
  readonly projectId?: string;
  /** Only threads of this owner. */
  readonly userId?: string;
  /**
   * Only these threads: ids of `projectId`, else stored ids, `id` or `project/id`. Throws
   * `not_found` if one does not exist.
   */
  readonly threadIds?: readonly string[];
}

export interface ExportOptions extends ExportSelection {
  /** Ends the export; the iteration throws the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: TransferProgress) => void;
  /** Called once, after the last line. */
  readonly onEnd?: (report: ExportReport) => void;
}

export interface TransferProgress {
  /** Threads done, without deleted ones. */
  readonly threads: number;
  readonly items: number;
  readonly rows: number;
}

export interface ExportReport extends TransferProgress {
  /** The number of rows by table. */
  readonly tables: Readonly<Record<string, number>>;
  /** What the selection leaves where it is. */
  readonly notTaken: {
    /** Threads of others. */
    readonly threads: number;
    /** Tables outside threads that have rows which belong to no thread of the selection. */
    readonly tables: readonly string[];
  };
  /** Large threads that were written to while they were read: the file may mix two states. */
  readonly changed: number;
}

export interface ImportOptions {
  /** Ends the import; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: TransferProgress) => void;
  /** Called with every thread that cannot be imported; the others are. */
  readonly onFailure?: (failure: ImportFailure) => void;
  /** Called with every thread that the file has as deleted, and that stays in this store. */
  readonly onKept?: (thread: Omit<ImportFailure, 'message'>) => void;
}

export interface ImportFailure {
  /** As stored: `id`, or `project/id`. */
  readonly threadId: string;
  /** The line where the thread begins. */
  readonly line: number;
  readonly message: string;
}

export interface ImportReport {
  readonly threadsCreated: number;
  /** Threads that the store had in an earlier state, and now has as in the file. */
  readonly threadsContinued: number;
  /** Threads that the store has already, in this state or in a later one. */
  readonly threadsFound: number;
  /** Threads that the file has as deleted, and this store has not: they stay. */
  readonly threadsKept: number;
  /** Threads of the file that were deleted in this store: they stay deleted. */
  readonly threadsDeleted: number;
  readonly itemsAdded: number;
  /** Rows written, and read back and compared. */
  readonly rowsAdded: number;
  /** Rows outside threads that the store has in another state, which stays. */
  readonly rowsKept: number;
  /** Threads that the store could not take. */
  readonly failed: number;
}

/** A store in and out of files: see `docs/formats/export.md`. */
export interface TransferApi {
  /**
   * Every row of the store, as lines without line ends: one that says what the file is, one for
   * each row, and one with counts and a digest. A thread is written as it was at one moment.
   *
   * Runs that are at work are written as interrupted. A fork whose source is not exported carries
   * what it inherits. Keys, tokens, idempotency keys and promised tasks stay behind; that the store
   * ever had a key comes along, unless only threads or a user's were asked for.
   */
  exportLines(options?: ExportOptions): AsyncIterable<string>;
  /**
   * Takes the lines of one export, or of several one after the other. A thread that is in the store
   * is left as it is, or brought forward if the file goes on from exactly its state; one that a
   * killed import left half is made whole. A large thread appears when all of it is there. A
   * deletion is not taken in: the thread stays, and the report says so. Everything is read back and
   * compared. What comes from a store that ever had a key makes this
   * one protected, too (`KeysApi.isProtected`). Two imports at once do not disturb each other: a
   * thread is brought by one of them and found by the other, which waits for it at its end.
   *
   * Throws `invalid_request`, with the number of the line, for what is no export, is cut off, or
   * does not have the digest that it says; threads before that line are in the store.
   */
  importLines(lines: AsyncIterable<string>, options?: ImportOptions): Promise<ImportReport>;
  /**
   * Reads an export to its end and writes nothing. Throws as `importLines` does for a file that is
   * cut off, changed, or of a newer version.
   */
  checkLines(lines: AsyncIterable<string>): Promise<void>;
}
