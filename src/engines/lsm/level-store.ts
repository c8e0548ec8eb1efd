import { SkeinError } from '../../shared/error.ts';
import { compactFiles } from './compact-files.ts';
import type { Operations } from './encode-commit.ts';
import type { LevelDatabase, LevelReadOptions } from './level-database.ts';
import type { KeyRange } from './lsm-schema.ts';
import { addNativeWeight } from './native-weight.ts';
import { SharedSnapshot } from './shared-snapshot.ts';

/**
 * An open database, with the duties that LevelDB leaves to its user.
 *
 * States: `open` → (a write fails) → `failed` → (reopened) → `open`, or → `down` if reopening
 * fails, which is then retried.
 *
 * - A failed write may leave half a record at the end of LevelDB's log. The next recovery loses
 *   any record behind it, even an acknowledged one. So in `failed` every write is refused until the
 *   database has been closed and reopened, which recovers the log. A write triggers this, at most
 *   once in `retryIntervalMs`, and in a directory only after a probe of the disk succeeds; so reads
 *   continue while a disk is full.
 * - A read that begins during a write reads the state before it, if the database has snapshots: no
 *   reader sees data that is not acknowledged, and may never be.
 * - Reads wait while the database is being reopened, and reopening waits for earlier reads.
 *
 * The group committer ensures that there is at most one write at a time.
 */
export class LevelStore {
  readonly #database: LevelDatabase;
  readonly #options: LevelStoreOptions;
  readonly #writeOptions: object;
  /** Set only if the database's default encodings differ: they cost time in each operation. */
  readonly #operationOptions: LevelReadOptions | undefined;
  /** The state before the write that is under way, or that failed. */
  #before: SharedSnapshot | undefined;
  #failure: { readonly cause: unknown } | undefined;
  #isDown = false;
  #retryAtMs = 0;
  #recovery: Promise<void> | undefined;
  #reopened: Promise<void> | undefined;
  #reading = 0;
  #readersGone: (() => void) | undefined;
  /** No synchronous reads until this time: the last one waited for the disk. */
  #syncReadsAtMs = 0;
  #compaction: Promise<void> = Promise.resolve();

  /** `database` is open; from now on it belongs to the store. */
  constructor(database: LevelDatabase, options: LevelStoreOptions) {
    this.#database = database;
    this.#options = options;
    this.#writeOptions = { sync: options.sync };
    this.#operationOptions = isTextByDefault(database) ? undefined : asText;
  }

  /**
   * Runs a read. Any error comes out as `unavailable`, so the function should only read, not
   * interpret.
   */
  async read<T>(
    use: (database: LevelDatabase, options: LevelReadOptions) => Promise<T>,
  ): Promise<T> {
    while (this.#reopened || this.#isDown) await (this.#reopened ?? this.#recover());
    const before = this.#before;
    before?.enter();
    this.#reading++;
    try {
      return await use(this.#database, before ? { ...asText, snapshot: before.snapshot } : asText);
    } catch (error) {
      throw unavailable('The store could not be read.', error);
    } finally {
      before?.leave();
      if (--this.#reading === 0) this.#readersGone?.();
    }
  }

  /**
   * Whether to read a single row synchronously, which takes 2 µs instead of the 15 to 50 on another
   * thread. It blocks the process, so a read that waited for the disk is followed by a pause.
   */
  get isSyncFast(): boolean {
    const isOpen = this.#database.supports.getSync === true && !this.#isDown && !this.#reopened;
    return isOpen && performance.now() >= this.#syncReadsAtMs;
  }

  /** Call it only if `isSyncFast`. */
  getSync(key: string): string | undefined {
    const startMs = performance.now();
    try {
      const snapshot = this.#before?.snapshot;
      return this.#database.getSync(key, snapshot ? { ...asText, snapshot } : asText);
    } catch (error) {
      throw unavailable('The store could not be read.', error);
    } finally {
      const nowMs = performance.now();
      const tookMs = nowMs - startMs;
      if (tookMs > slowReadMs) this.#syncReadsAtMs = nowMs + tookMs * slowReadPauseFactor;
    }
  }

  /** The values of these keys; `undefined` for a missing one. */
  async getMany(keys: string[]): Promise<(string | undefined)[]> {
    if (keys.length <= syncReadsMax && this.isSyncFast) return keys.map((key) => this.getSync(key));
    return this.read((database, options) => database.getMany(keys, options));
  }

  get mustRecover(): boolean {
    return this.#failure !== undefined || this.#isDown;
  }

  /**
   * Makes writes possible again after a failed one. Await it before reading what a write depends
   * on: it may reveal a write that seemed to fail. Throws `unavailable`.
   */
  async recover(): Promise<void> {
    if (this.mustRecover) await this.#recover();
  }

  /**
   * Writes all or nothing, synced if the options say so. If it throws `unavailable`, the next
   * recovery decides whether the write exists; until then reads show the state before it.
   */
  async write(batches: readonly Operations[]): Promise<void> {
    if (this.#failure)
      throw unavailable(
        'The store does not accept writes yet; try again soon.',
        this.#failure.cause,
      );
    try {
      this.#before = this.#takeSnapshot();
      await this.#writeBatch(batches);
    } catch (error) {
      this.#failure = { cause: error };
      throw unavailable('The write could not be made durable.', error);
    }
    this.#before?.leave();
    this.#before = undefined;
  }

  #takeSnapshot(): SharedSnapshot | undefined {
    if (!this.#database.supports.explicitSnapshots) return undefined;
    // A database that cannot release a snapshot is broken: the next write reopens it first.
    return new SharedSnapshot(this.#database.snapshot(), (cause) => (this.#failure ??= { cause }));
  }

  async #writeBatch(batches: readonly Operations[]): Promise<void> {
    const batch = this.#database.batch();
    let bytes = 0;
    const options = this.#operationOptions;
    for (const operations of batches) {
      for (let i = 0; i < operations.length; i += 2) {
        // Keys and values alternate, and only a value may be missing.
        const key = operations[i]!;
        const value = operations[i + 1];
        bytes += key.length + (value?.length ?? 0);
        if (value === undefined) batch.del(key, options);
        else batch.put(key, value, options);
      }
    }
    addNativeWeight(batch, bytes);
    await batch.write(this.#writeOptions);
  }

  #recover(): Promise<void> {
    this.#recovery ??= this.#tryToRecover().finally(() => (this.#recovery = undefined));
    return this.#recovery;
  }

  async #tryToRecover(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs < this.#retryAtMs) {
      throw unavailable(
        'An earlier write failed, and the store does not accept writes yet; try again soon.',
        this.#failure?.cause,
      );
    }
    this.#retryAtMs = nowMs + this.#options.retryIntervalMs;
    try {
      await this.#options.probe?.();
    } catch (error) {
      throw unavailable('An earlier write failed, and the disk still refuses writes.', error);
    }
    await this.#reopen('An earlier write failed, and the store could not be reopened.');
  }

  /** Readers wait for `#reopened`, which therefore never rejects. */
  async #reopen(failure: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#reopened = promise;
    try {
      if (this.#reading > 0) await new Promise<void>((gone) => (this.#readersGone = gone));
      this.#readersGone = undefined;
      await this.#database.close();
      this.#before = undefined; // closing the database has closed it
      this.#isDown = true;
      await this.#database.open();
      this.#isDown = false;
      this.#failure = undefined;
      this.#options.onReopened();
    } catch (error) {
      throw unavailable(failure, error);
    } finally {
      this.#reopened = undefined;
      resolve();
    }
  }

  /**
   * Asks the database to drop deleted entries, in the background. It only saves time, so it may
   * fail.
   */
  compact(ranges: readonly KeyRange[]): void {
    const database = this.#database;
    if (!database.compactRange) return;
    for (const { gte, lt } of ranges) {
      this.#compaction = this.#compaction
        .then(() => database.compactRange?.(gte, lt, { keyEncoding: 'utf8' }))
        .catch(() => undefined); // the database is closed, or the next write will fail, too
    }
  }

  /** Rewrites all files (see `compact-files.ts`). Nothing may be written meanwhile. */
  async compactFiles(): Promise<void> {
    await this.recover();
    await this.#compaction;
    try {
      await compactFiles(this.#database);
    } catch (error) {
      throw unavailable('The store could not be compacted.', error);
    }
    // Only an opened database writes a new list of its files, without the keys of earlier ones.
    await this.#reopen('The store was compacted, but could not be opened again.');
  }

  async close(): Promise<void> {
    await this.#recovery?.catch(() => undefined); // its callers got the error
    this.#before?.leave();
    this.#before = undefined;
    try {
      // Waits for the running compaction; the ones behind it find the database closed.
      await this.#database.close();
      await this.#compaction;
    } finally {
      this.#options.release?.();
    }
  }
}

interface LevelStoreOptions {
  readonly sync: boolean;
  /** Throws while the disk refuses writes. */
  readonly probe?: (() => Promise<void>) | undefined;
  /** Called after the store has been closed. */
  readonly release?: (() => void) | undefined;
  /** Called after the database was reopened: cached rows may be wrong. */
  readonly onReopened: () => void;
  readonly retryIntervalMs: number;
}

/** Above this number, rows are read together on another thread. */
const syncReadsMax = 8;

const asText: LevelReadOptions = { keyEncoding: 'utf8', valueEncoding: 'utf8' };

/** A slower read has waited for something. */
const slowReadMs = 0.2;
/** A pause of so many times the read's duration bounds the blocked time to one percent. */
const slowReadPauseFactor = 100;

function isTextByDefault(database: LevelDatabase): boolean {
  return (
    database.keyEncoding() === database.keyEncoding('utf8') &&
    database.valueEncoding() === database.valueEncoding('utf8')
  );
}

/**
 * The cause tells operators what happened. The message names no files, since it may reach any user.
 */
function unavailable(message: string, cause: unknown): SkeinError {
  if (cause instanceof SkeinError) return cause;
  const isFull = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC';
  return new SkeinError('unavailable', isFull ? `${message} The disk is full.` : message, {
    cause,
  });
}
