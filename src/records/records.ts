import type { Commit, Delete, Expect, Key, Put, Row, Scalar, Scan } from '../engine/engine.ts';
export type { Expect, Key, Row, Scalar } from '../engine/engine.ts';
import type { OpenEngine } from '../engine/open-engine.ts';
import { backOff, type Backoff } from '../shared/backoff.ts';
import { SkeinError } from '../shared/error.ts';
import type { TypedTable } from './table.ts';

/** Typed access to the rows of an open engine. It adds only types. */
export class Records {
  readonly #engine: OpenEngine;

  constructor(engine: OpenEngine) {
    this.#engine = engine;
  }

  /** See `Capabilities`. */
  get isAtomicAcrossPartitions(): boolean {
    return this.#engine.capabilities.atomicAcrossPartitions;
  }

  get<R>(table: TypedTable<R>, key: Key): Promise<R | undefined> {
    // The engine's wrapper checked the row against its declaration when it was written.
    return this.#engine.get(table, key) as Promise<R | undefined>;
  }

  /**
   * Reads a row that a row in another partition names, both written in one commit. If commits are
   * not atomic across partitions, the row may appear a moment later: waits up to a second. After a
   * crash it may take minutes: throws `unavailable` until it is there.
   */
  async getNamed<R>(table: TypedTable<R>, key: Key): Promise<R | undefined> {
    for (let attempt = 1; ; attempt++) {
      const row = await this.get(table, key);
      if (row !== undefined || this.isAtomicAcrossPartitions) return row;
      if (await backOff(attempt, untilItIsThere)) continue;
      throw new SkeinError(
        'unavailable',
        'An earlier write is not finished yet. Try again in a minute.',
      );
    }
  }

  /** Reads any number of keys in steps of 1,000. Missing rows are left out. */
  async getExisting<R>(table: TypedTable<R>, keys: readonly Key[]): Promise<R[]> {
    const found: R[] = [];
    for (let i = 0; i < keys.length; i += 1000) {
      const rows = await this.#engine.getMany(table, keys.slice(i, i + 1000));
      for (const row of rows) if (row !== undefined) found.push(row as R); // as in get
    }
    return found;
  }

  scan<R>(table: TypedTable<R>, scan: Omit<Scan, 'table'>): Promise<R[]> {
    return this.#engine.scan({ ...scan, table }) as Promise<R[]>; // as in get
  }

  /** Every row of the store in all partitions, page by page. For maintenance only. */
  scanTable<R>(table: TypedTable<R>): AsyncGenerator<R, void, undefined> {
    return this.#scanPages(table, [], true);
  }

  /** Every row under a prefix, page by page. For background work, never within a request. */
  scanAll<R>(table: TypedTable<R>, prefix: Key): AsyncGenerator<R, void, undefined> {
    return this.#scanPages(table, prefix, false);
  }

  async *#scanPages<R>(
    table: TypedTable<R>,
    prefix: Key,
    maintenance: boolean,
  ): AsyncGenerator<R, void, undefined> {
    let after: Key | undefined;
    for (;;) {
      const scan = { prefix, maintenance, limit: 500, ...(after && { after }) };
      const rows = await this.scan(table, scan);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < 500) return;
      after = table.key
        .slice(prefix.length)
        // Every row has its key columns, and they are scalars.
        .map((column) => (last as Record<string, Scalar>)[column]!);
    }
  }

  commit(commit: Commit): Promise<void> {
    return this.#engine.commit(commit);
  }

  async deletePrefix(table: TypedTable<unknown>, prefix: Key): Promise<void> {
    await this.#engine.deletePrefix(table, prefix);
  }
}

const untilItIsThere: Backoff = { firstMs: 2, maxMs: 100, attemptsMax: 16 };

/** Puts a typed row. For `replaces`, see the engine contract. */
export function put<R extends Row>(table: TypedTable<R>, row: R, replaces?: R | null): Put {
  return replaces === undefined ? { table, row } : { table, row, replaces };
}

export function deletion<R extends Row>(
  table: TypedTable<R>,
  key: Key,
  replaces?: R | null,
): Delete {
  return replaces === undefined ? { table, key } : { table, key, replaces };
}

export function expectAbsent<R>(table: TypedTable<R>, key: Key): Expect {
  return { table, key, version: 'absent' };
}

export function expectVersion<R>(table: TypedTable<R>, key: Key, version: number): Expect {
  return { table, key, version };
}
