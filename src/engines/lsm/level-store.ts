import { SkeinError } from '../../shared/error.ts';
import type { Operations } from './encode-commit.ts';
import type { LevelDatabase, LevelReadOptions } from './level-database.ts';
import type { KeyRange } from './lsm-schema.ts';
import { addNativeWeight } from './native-weight.ts';
import { SharedSnapshot } from './shared-snapshot.ts';

/**
 * An open database, with what LevelDB leaves to its user.
 *
 * States: `open` → (a write fails) → `failed` → (reopened) → `open`, or → `down` when reopening fails,
 * from where it is tried again.
 *
 * - A write that fails may have left half a record at the end of LevelDB's log. Records that LevelDB goes
 *   on writing behind it would be lost at the next recovery, though they were acknowledged. So in
 *   `failed` every write is refused until the database has been closed and opened again, which recovers
 *   the log. That is tried when a write arrives, at most once in `retryIntervalMs`, and in a directory only
 *   once a probe of the disk succeeds: so reads go on while a disk is full.
 * - A read that begins while a write is under way reads the state before it, where the database can: so
 *   nobody sees what is not acknowledged, and may never be.
 * - Reads wait while the database is being reopened, and reopening waits for the reads before it.
 *
 * There is at most one write at a time: the group committer sees to that.
 */
export class LevelStore {
  readonly #database: LevelDatabase;
  readonly #options: LevelStoreOptions;
  readonly #writeOptions: object;
  /** Encodings cost time in each operation, so they are said only if they are not the default. */
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
  /** Until then synchronous reads are avoided: the last one waited for the disk. */
  #syncReadsAtMs = 0;
  #compaction: Promise<void> = Promise.resolve();

  /** `database` is open, and is the store's from now on. */
  constructor(database: LevelDatabase, options: LevelStoreOptions) {
    this.#database = database;
    this.#options = options;
    this.#writeOptions = { sync: options.sync };
    this.#operationOptions = isTextByDefault(database) ? undefined : asText;
  }

  /** Runs a read. What it throws comes out as `unavailable`, so it should only read, not interpret. */
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
   * Whether a single row should be read at once instead of on another thread, which takes 2 µs instead of
   * 15 to 50. It blocks the process, so a read that had to wait for the disk is followed by a pause.
   */
  get isSyncFast(): boolean {
    const isOpen = this.#database.supports.getSync === true && !this.#isDown && !this.#reopened;
    return isOpen && performance.now() >= this.#syncReadsAtMs;
  }

  /** To be called only when `isSyncFast`. */
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
      if (tookMs > slowReadMs) this.#syncReadsAtMs = nowMs + tookMs * slowReadPause;
    }
  }

  /** Some values, `undefined` for those that are missing. */
  async getMany(keys: string[]): Promise<(string | undefined)[]> {
    if (keys.length <= syncReadsMax && this.isSyncFast) return keys.map((key) => this.getSync(key));
    return this.read((database, options) => database.getMany(keys, options));
  }

  get mustRecover(): boolean {
    return this.#failure !== undefined || this.#isDown;
  }

  /**
   * Makes writes possible again after one has failed. To be awaited before what a write depends on is
   * read, since it may bring to light a write that had failed. Throws `unavailable`.
   */
  async recover(): Promise<void> {
    if (this.mustRecover) await this.#recover();
  }

  /**
   * Writes all or nothing, safely on the disk if the options say so. Throws `unavailable`; then it is
   * unknown until the next recovery whether the write is there, and reads show the state before it.
   */
  async write(batches: readonly Operations[]): Promise<void> {
    if (this.#failure) throw unavailable('The store takes no writes yet.', this.#failure.cause);
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
    // A database that cannot let go of a snapshot is broken: it is reopened before the next write.
    return new SharedSnapshot(this.#database.snapshot(), (cause) => (this.#failure ??= { cause }));
  }

  async #writeBatch(batches: readonly Operations[]): Promise<void> {
    const batch = this.#database.batch();
    let bytes = 0;
    const options = this.#operationOptions;
    for (const operations of batches) {
      for (let i = 0; i < operations.length; i += 2) {
        // Keys and values take turns, and only a value may be missing.
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
        'An earlier write failed; the store takes no writes yet.',
        this.#failure?.cause,
      );
    }
    this.#retryAtMs = nowMs + this.#options.retryIntervalMs;
    try {
      await this.#options.probe?.();
    } catch (error) {
      throw unavailable('An earlier write failed, and the disk still takes no writes.', error);
    }
    await this.#reopen();
  }

  /** Readers wait for `#reopened`, which therefore never rejects. */
  async #reopen(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#reopened = promise;
    try {
      if (this.#reading > 0) await new Promise<void>((gone) => (this.#readersGone = gone));
      this.#readersGone = undefined;
      await this.#database.close();
      this.#before = undefined; // closed with the database
      this.#isDown = true;
      await this.#database.open();
      this.#isDown = false;
      this.#failure = undefined;
      this.#options.onReopened();
    } catch (error) {
      throw unavailable('An earlier write failed, and the store could not be opened again.', error);
    } finally {
      this.#reopened = undefined;
      resolve();
    }
  }

  /** Has the database drop what was deleted, in the background. It only saves time, so it may fail. */
  compact(ranges: readonly KeyRange[]): void {
    const database = this.#database;
    if (!database.compactRange) return;
    for (const { gte, lt } of ranges) {
      this.#compaction = this.#compaction
        .then(() => database.compactRange?.(gte, lt, { keyEncoding: 'utf8' }))
        .catch(() => undefined); // the database was closed meanwhile, or will say so at the next write
    }
  }

  async close(): Promise<void> {
    await this.#recovery?.catch(() => undefined); // it was told to those who asked for it
    this.#before?.leave();
    this.#before = undefined;
    try {
      await this.#database.close(); // waits for the compaction under way; those behind it find it closed
      await this.#compaction;
    } finally {
      this.#options.release?.();
    }
  }
}

export interface LevelStoreOptions {
  readonly sync: boolean;
  /** Throws while the disk takes no writes. */
  readonly probe?: (() => Promise<void>) | undefined;
  /** Called when the store has been closed. */
  readonly release?: (() => void) | undefined;
  /** Called when the database was opened again: what was known about its rows may be wrong. */
  readonly onReopened: () => void;
  readonly retryIntervalMs: number;
}

/** More rows than this are read together on another thread. */
const syncReadsMax = 8;

const asText: LevelReadOptions = { keyEncoding: 'utf8', valueEncoding: 'utf8' };

/** A read that takes longer has waited for something. */
const slowReadMs = 0.2;
/** A pause of so many times its length bounds the time that the process is blocked to a hundredth. */
const slowReadPause = 100;

function isTextByDefault(database: LevelDatabase): boolean {
  return (
    database.keyEncoding() === database.keyEncoding('utf8') &&
    database.valueEncoding() === database.valueEncoding('utf8')
  );
}

/** The cause tells operators what happened; the message may reach anybody, so it names no files. */
function unavailable(message: string, cause: unknown): SkeinError {
  if (cause instanceof SkeinError) return cause;
  const isFull = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC';
  return new SkeinError('unavailable', isFull ? `${message} The disk is full.` : message, {
    cause,
  });
}
