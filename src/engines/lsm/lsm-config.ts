import type { AnyLevelDatabase } from './level-database.ts';

/** Where the store is: a directory, or an open database. */
export type LsmOptions = LsmDirectoryOptions | LsmDatabaseOptions;

interface LsmCommonOptions {
  /**
   * Whether a write is synced to the disk (fsync) before it is acknowledged. Default true. With
   * false a crash of the machine may lose the last writes, and the engine says `durable: false`.
   */
  readonly sync?: boolean;
  /**
   * The most rows with a version (mostly heads of threads) to keep in memory, evicting the least
   * recently used. 0 keeps none. Default 10,000; rows longer than 8,192 characters are never kept.
   */
  readonly rowCacheEntriesMax?: number;
}

/** Keeps the store in a directory, with LevelDB. Needs the package `classic-level` and a disk. */
export interface LsmDirectoryOptions extends LsmCommonOptions {
  /** The directory; created if it is missing. Only one process can open it at a time. */
  readonly path: string;
  /** Memory in bytes for blocks read from the disk. Default 32 MiB. */
  readonly cacheSizeBytes?: number;
  /**
   * How much goes to the log, and up to twice that into memory, before it becomes a sorted table. A
   * larger buffer writes faster and opens more slowly. Default 16 MiB.
   */
  readonly writeBufferSizeBytes?: number;
}

/**
 * Keeps the store in an abstract-level database: `memory-level`, `browser-level`, or
 * `classic-level` with your own options. From then on it belongs to the engine, which opens it if
 * necessary, reopens it after a failed write, and closes it with the store. It must not be a
 * sublevel, and must be empty or hold a Skein store.
 */
export interface LsmDatabaseOptions extends LsmCommonOptions {
  readonly store: AnyLevelDatabase;
  /**
   * The durability that the engine claims. Default: what the database claims
   * (`supports.permanence`), unless `sync` is false. Pass false for a database that answers before
   * its writes are safe.
   */
  readonly durable?: boolean;
}

/** The options with their defaults, checked. */
export interface LsmConfig {
  readonly location: LsmDirectory | LsmHandedIn;
  readonly sync: boolean;
  readonly durable: boolean;
  readonly rowCacheEntriesMax: number;
}

export interface LsmDirectory {
  readonly path: string;
  readonly cacheSizeBytes: number;
  readonly writeBufferSizeBytes: number;
}

interface LsmHandedIn {
  readonly store: AnyLevelDatabase;
}

/** Throws `TypeError` for invalid options. */
export function toLsmConfig(options: LsmOptions): LsmConfig {
  const { sync = true, rowCacheEntriesMax = 10_000 } = options;
  checkCount('rowCacheEntriesMax', rowCacheEntriesMax, 0);
  const common = { sync, rowCacheEntriesMax };
  if ('store' in options) {
    checkStore(options.store);
    const { store, durable = sync && store.supports.permanence } = options;
    return { ...common, durable, location: { store } };
  }
  const { path, cacheSizeBytes = 32 * 1024 ** 2, writeBufferSizeBytes = 16 * 1024 ** 2 } = options;
  if (typeof path !== 'string' || path === '') throw new TypeError('lsm needs a path or a store');
  checkCount('cacheSizeBytes', cacheSizeBytes, 0);
  checkCount('writeBufferSizeBytes', writeBufferSizeBytes, 64 * 1024);
  return { ...common, durable: sync, location: { path, cacheSizeBytes, writeBufferSizeBytes } };
}

function checkCount(name: string, value: number, min: number): void {
  if (!Number.isInteger(value) || value < min || value > 2 ** 32 - 1) {
    throw new TypeError(`${name} must be an integer from ${min} to 2^32 - 1`);
  }
}

function checkStore(store: AnyLevelDatabase): void {
  // A sublevel cannot be reopened without its parent, as the engine must after a failed write.
  if ('parent' in store && store.parent !== null) {
    throw new TypeError('Pass the database itself, not a sublevel of it.');
  }
  const { encodings } = store.supports;
  if (!encodings?.view && !encodings?.buffer) {
    throw new TypeError(
      'The database must store keys as bytes; otherwise it may order texts differently.',
    );
  }
}
