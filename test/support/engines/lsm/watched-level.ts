import { MemoryLevel } from 'memory-level';
import type { LevelBatch, LevelDatabase } from '../../../../src/engines/lsm/level-database.ts';

/** What happens around each write; throwing makes the write fail. */
interface WriteHooks {
  /** Throwing here prevents the write. `keys` are those that it puts and deletes. */
  before?: (keys: readonly string[]) => unknown;
  /** The database has written, but the caller does not know yet. */
  after?: () => unknown;
}

/** A database whose writes can be watched, delayed and made to fail. */
export interface WatchedLevel {
  readonly database: LevelDatabase;
  hooks: WriteHooks;
  /** The keys of each write that succeeded. */
  readonly writes: string[][];
}

export function watchedMemory(): WatchedLevel {
  return watchLevel(new MemoryLevel());
}

/** Wraps the chained batches of a database, the only way in which the engine writes. */
export function watchLevel(database: LevelDatabase): WatchedLevel {
  const watched: WatchedLevel = { database, hooks: {}, writes: [] };
  const createBatch = database.batch.bind(database);
  database.batch = () => watchBatch(createBatch(), watched);
  return watched;
}

function watchBatch(batch: LevelBatch, watched: WatchedLevel): LevelBatch {
  const keys: string[] = [];
  return {
    put: (key, value, options) => {
      keys.push(key);
      return batch.put(key, value, options);
    },
    del: (key, options) => {
      keys.push(key);
      return batch.del(key, options);
    },
    write: async (options) => {
      await watched.hooks.before?.(keys);
      await batch.write(options);
      await watched.hooks.after?.();
      watched.writes.push(keys);
    },
    close: () => batch.close(),
  };
}

/** Holds up every write until it is opened. */
interface Gate {
  readonly pass: () => Promise<void>;
  /** Resolves when the first write waits. */
  readonly reached: Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  const opened = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const pass = (): Promise<void> => {
    reached.resolve();
    return opened.promise;
  };
  return { pass, reached: reached.promise, open: opened.resolve };
}
