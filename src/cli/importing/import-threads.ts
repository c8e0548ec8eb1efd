import { SkeinError } from '../../shared/error.ts';
import type { Importer, ThreadJob } from './importer.ts';
import { LineError, type Line } from './read-lines.ts';

export interface LineFailure {
  readonly line: number;
  readonly message: string;
}

export interface FileReport {
  readonly threadsCreated: number;
  /** Threads that existed already, with all or a part of what the file holds of them. */
  readonly threadsFound: number;
  readonly itemsAdded: number;
  readonly failed: number;
  /** Whether the whole file was read. */
  readonly isComplete: boolean;
  /**
   * The failure that ended the import early: of the store, the connection or the file itself, not
   * of a line.
   */
  readonly stoppedBy?: Error;
}

interface ImportOptions {
  /** Threads written at the same time. */
  readonly concurrency: number;
  readonly continueOnError: boolean;
  /** Stops reading; threads under way are finished. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: { readonly threads: number; readonly bytes: number }) => void;
  readonly onFailure?: (failure: LineFailure) => void;
}

/**
 * Reads the lines and writes the threads, `concurrency` at a time. A line that cannot be imported
 * is a failure with its number; it ends the import unless `continueOnError`. A store that cannot be
 * written to ends it in any case. Returns after everything under way has settled; never rejects.
 */
export async function importThreads(
  lines: AsyncIterable<Line>,
  importer: Importer,
  options: ImportOptions,
): Promise<FileReport> {
  return new ImportRun(importer, options).run(lines);
}

class ImportRun {
  readonly #importer: Importer;
  readonly #options: ImportOptions;
  readonly #underWay = new Set<Promise<void>>();
  #threadsCreated = 0;
  #threadsFound = 0;
  #itemsAdded = 0;
  #failed = 0;
  #bytes = 0;
  #stoppedBy: Error | undefined;

  constructor(importer: Importer, options: ImportOptions) {
    this.#importer = importer;
    this.#options = options;
  }

  async run(lines: AsyncIterable<Line>): Promise<FileReport> {
    let isComplete = false;
    try {
      isComplete = await this.#readAll(lines);
    } catch (error) {
      // The reader itself failed: the rest cannot be read. After an abort that is intended.
      if (!this.#options.signal?.aborted) this.#fail(0, error);
    }
    await Promise.all(this.#underWay);
    return {
      threadsCreated: this.#threadsCreated,
      threadsFound: this.#threadsFound,
      itemsAdded: this.#itemsAdded,
      failed: this.#failed,
      isComplete: isComplete && !this.#mustStop,
      ...(this.#stoppedBy === undefined ? {} : { stoppedBy: this.#stoppedBy }),
    };
  }

  async #readAll(lines: AsyncIterable<Line>): Promise<boolean> {
    for await (const line of lines) {
      if (this.#mustStop) return false;
      await this.#take(line);
      this.#bytes = line.endByte;
      this.#report();
    }
    if (this.#mustStop) return false;
    this.#importer.end();
    return true;
  }

  async #take(line: Line): Promise<void> {
    let job: ThreadJob | undefined;
    try {
      job = await this.#importer.take(line);
    } catch (error) {
      this.#fail(line.number, error);
    }
    if (job === undefined) return;
    while (this.#underWay.size >= this.#options.concurrency) await Promise.race(this.#underWay);
    if (this.#mustStop) return;
    const task: Promise<void> = this.#write(job).finally(() => this.#underWay.delete(task));
    this.#underWay.add(task);
  }

  async #write(job: ThreadJob): Promise<void> {
    try {
      const { created, itemsAdded } = await job.run();
      if (created) this.#threadsCreated++;
      else this.#threadsFound++;
      this.#itemsAdded += itemsAdded;
      this.#report();
    } catch (error) {
      this.#fail(job.line, error);
    }
  }

  #fail(line: number, error: unknown): void {
    if (!isAboutLine(error)) {
      this.#stoppedBy ??=
        error instanceof Error ? error : new Error('Thrown by the store', { cause: error });
      return;
    }
    this.#failed++;
    const at = error instanceof LineError ? error.line : line;
    this.#options.onFailure?.({ line: at, message: error.message });
  }

  get #mustStop(): boolean {
    if (this.#stoppedBy || this.#options.signal?.aborted) return true;
    return this.#failed > 0 && !this.#options.continueOnError;
  }

  #report(): void {
    const threads = this.#threadsCreated + this.#threadsFound;
    this.#options.onProgress?.({ threads, bytes: this.#bytes });
  }
}

/** Whether the next line may succeed: the input was at fault, not the store or the connection. */
function isAboutLine(error: unknown): error is LineError | SkeinError {
  if (error instanceof LineError) return true;
  return error instanceof SkeinError && inputCodes.has(error.code);
}

const inputCodes: ReadonlySet<string> = new Set([
  'invalid_request',
  'conflict',
  'key_conflict',
  'payload_too_large',
  'not_found',
  'precondition_failed',
]);
