import type { ProjectApi } from '../store-types.ts';
import type { Line } from './read-lines.ts';

/** What became of one thread of a file. */
export interface ThreadResult {
  readonly created: boolean;
  /** Items that were not there before. */
  readonly itemsAdded: number;
}

/** A thread that has been read to its end and can be written beside others. */
export interface ThreadJob {
  /** The line where the thread begins. */
  readonly line: number;
  readonly threadId: string | undefined;
  readonly run: () => Promise<ThreadResult>;
}

/** Reads one format. Made for one file; each line is given once, in order. */
export interface Importer {
  /**
   * Takes a line, and gives a job when a thread is complete. Resolves when the next line may come, so
   * that a thread too large for memory is written while it is read. Throws `LineError`; after one, the
   * importer skips to the next thread.
   */
  take(line: Line): Promise<ThreadJob | undefined>;
  /** The file is over. Throws `LineError` when it ends inside a thread. */
  end(): void;
}

export type CreateImporter = (project: ProjectApi) => Importer;
