import type { ProjectApi } from '../store-types.ts';
import type { Line } from './read-lines.ts';

/** The outcome of one thread of a file. */
export interface ThreadResult {
  readonly created: boolean;
  /** Items that are new in the store. */
  readonly itemsAdded: number;
}

/** A thread that has been read completely and can be written in parallel with others. */
export interface ThreadJob {
  /** The line where the thread begins. */
  readonly line: number;
  readonly threadId: string | undefined;
  readonly run: () => Promise<ThreadResult>;
}

/** Reads one format. An importer is for one file, and gets each line once, in order. */
export interface Importer {
  /**
   * Takes a line, and returns a job when a thread is complete. Resolves when the next line may
   * come, so that a thread too large for memory is written while it is read. Throws `LineError`;
   * afterwards the importer skips to the next thread.
   */
  take(line: Line): Promise<ThreadJob | undefined>;
  /** Call this at the end of the file. Throws `LineError` if a thread is incomplete. */
  end(): void;
}

export type CreateImporter = (project: ProjectApi) => Importer;
