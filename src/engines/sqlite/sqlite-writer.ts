import type { SqliteDatabase } from './sqlite-driver.ts';
import { waitWhileBusy } from './wait-while-busy.ts';
import { watchDatabase } from './watch-database.ts';
import { GroupWriter, type WriteGroup, type WriteOutcome } from './write-group.ts';

/** An open database: a connection for reads, and the writer. */
export interface OpenSqlite {
  readonly database: SqliteDatabase;
  readonly writer: SqliteWriter;
}

/** The owner of the writing connection. Groups are written in the order of their arrival. */
export interface SqliteWriter {
  /** Errors are SQLite's, with its codes; after one, nothing was written. */
  write(group: WriteGroup): Promise<WriteOutcome[]>;
  /** Calls back soon after another process has committed, until the writer is closed. */
  watch(onChange: () => void): void;
  close(): Promise<void>;
}

/**
 * Writes in this thread, on the connection that also reads. The process blocks while the disk
 * syncs, but a driver from the caller cannot move to another thread.
 */
export function writeInline(database: SqliteDatabase, busyTimeoutMs: number): SqliteWriter {
  const groups = new GroupWriter(database);
  const watches: (() => void)[] = [];
  return {
    write: (group) => waitWhileBusy(() => groups.write(group), busyTimeoutMs),
    watch: (onChange) => void watches.push(watchDatabase(database, onChange)),
    close: () => {
      for (const stop of watches) stop();
      return Promise.resolve();
    },
  };
}
