import { SkeinError } from '../../../shared/error.ts';
import type { Store } from '../../../store/index.ts';
import { SkeinSaver } from '../saver/skein-saver.ts';
import type { CheckpointSource } from './checkpoint-source.ts';
import { importThread, type CheckpointMismatch } from './import-thread.ts';

export interface ImportCheckpointsOptions {
  readonly source: CheckpointSource;
  readonly store: Store;
  readonly projectId: string;
  /**
   * The owner of all threads. Default: the user in the metadata of their checkpoints, or else
   * `defaultUserId`.
   */
  readonly userId?: string;
  readonly defaultUserId: string;
  /** Continues with the other threads if one cannot be imported. */
  readonly continueOnError: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ImportCheckpointsProgress) => void;
  readonly onFailure?: (failure: ThreadFailure) => void;
}

interface ImportCheckpointsProgress {
  /** The number of checkpoints in the source. */
  readonly checkpoints: number;
  /** Every checkpoint counts twice, once as copied and once as compared. */
  readonly done: number;
  readonly total: number;
}

/** A thread that could not be imported because of its own content. */
export interface ThreadFailure {
  readonly threadId: string;
  readonly message: string;
}

export interface ImportCheckpointsReport {
  readonly threads: number;
  readonly checkpoints: number;
  /** The checkpoints that are new in the target. */
  readonly checkpointsAdded: number;
  readonly writes: number;
  readonly failed: number;
  readonly mismatchCount: number;
  /** The first hundred. */
  readonly mismatches: readonly CheckpointMismatch[];
  /** Whether every thread was read. */
  readonly isComplete: boolean;
}

/**
 * Imports the checkpoints of another saver into a store, thread by thread, and compares each one
 * through both savers. Existing checkpoints are only compared, so an interrupted import can be
 * repeated.
 */
export async function importCheckpoints(
  options: ImportCheckpointsOptions,
): Promise<ImportCheckpointsReport> {
  return new ImportRun(options).run();
}

const mismatchesMax = 100;

class ImportRun {
  readonly #options: ImportCheckpointsOptions;
  readonly #target: SkeinSaver;
  readonly #abort = new AbortController();
  readonly #mismatches: CheckpointMismatch[] = [];
  #total = 0;
  #done = 0;
  #copied = 0;
  #threads = 0;
  #checkpoints = 0;
  #checkpointsAdded = 0;
  #writes = 0;
  #failed = 0;
  #mismatchCount = 0;

  constructor(options: ImportCheckpointsOptions) {
    this.#options = options;
    const { store, projectId, defaultUserId } = options;
    // Uses the serializer of the sources' savers, so that values come back as those gave them.
    this.#target = new SkeinSaver({
      store,
      projectId,
      userId: defaultUserId,
      isMovingIn: true,
    });
  }

  async run(): Promise<ImportCheckpointsReport> {
    const { source } = this.#options;
    this.#total = 2 * (await source.count()).checkpoints;
    const threads = this.#eachThread();
    const workers = Array.from({ length: source.concurrency }, () => this.#work(threads));
    const ends = await Promise.allSettled(workers);
    const rejected = ends.find((end) => end.status === 'rejected');
    if (rejected !== undefined) throw rejected.reason;
    return {
      threads: this.#threads,
      checkpoints: this.#checkpoints,
      checkpointsAdded: this.#checkpointsAdded,
      writes: this.#writes,
      failed: this.#failed,
      mismatchCount: this.#mismatchCount,
      mismatches: this.#mismatches,
      isComplete: !this.#abort.signal.aborted,
    };
  }

  async *#eachThread(): AsyncGenerator<string> {
    let after = '';
    for (;;) {
      const page = await this.#options.source.listThreads(after);
      for (const threadId of page) {
        this.#options.signal?.throwIfAborted();
        if (this.#abort.signal.aborted) return;
        yield threadId;
      }
      if (page.length === 0) return;
      after = page.at(-1)!;
    }
  }

  async #work(threads: AsyncGenerator<string>): Promise<void> {
    try {
      for await (const threadId of threads) await this.#move(threadId);
    } catch (error) {
      this.#abort.abort(error); // ends the other workers, too
      throw error;
    }
  }

  async #move(threadId: string): Promise<void> {
    const { source, userId, signal } = this.#options;
    try {
      const report = await importThread({
        source,
        target: this.#target,
        threadId,
        userId,
        signal: AbortSignal.any([this.#abort.signal, ...(signal ? [signal] : [])]),
        onStep: (step) => this.#progress(step),
      });
      this.#threads++;
      this.#checkpoints += report.checkpoints;
      this.#checkpointsAdded += report.checkpointsAdded;
      this.#writes += report.writes;
      this.#mismatchCount += report.mismatches.length;
      const room = mismatchesMax - this.#mismatches.length;
      this.#mismatches.push(...report.mismatches.slice(0, room));
    } catch (error) {
      this.#fail(threadId, error);
    }
  }

  #progress(step: 'copied' | 'compared'): void {
    this.#done++;
    if (step === 'copied') this.#copied++;
    const [done, total] = [this.#done, this.#total];
    this.#options.onProgress?.({ checkpoints: this.#copied, done, total });
  }

  #fail(threadId: string, error: unknown): void {
    // Another thread has ended the import; this one is not at fault.
    if (this.#abort.signal.aborted && error === this.#abort.signal.reason) return;
    if (!isAboutThread(error)) throw error;
    this.#failed++;
    this.#options.onFailure?.({ threadId, message: error.message });
    if (!this.#options.continueOnError) this.#abort.abort();
  }
}

/** Whether the next thread may succeed: this one was at fault, not a database. */
function isAboutThread(error: unknown): error is SkeinError {
  return error instanceof SkeinError && threadCodes.has(error.code);
}

const threadCodes: ReadonlySet<string> = new Set([
  'invalid_request',
  'forbidden',
  'conflict',
  'payload_too_large',
  'not_found',
]);
