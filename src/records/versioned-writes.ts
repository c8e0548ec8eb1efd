import type { Delete, Expect, Key, Put, Row } from '../engine/engine.ts';
import { deletion, expectAbsent, expectVersion, put } from './records.ts';
import type { TypedTable } from './table.ts';

/** A row that is guarded by a version of its own. */
export type VersionedRow = Row & { readonly version: number };

/** `row` is `undefined` if the draft deletes it. */
export interface Written<R> {
  readonly row: R | undefined;
}

interface VersionedWrite<R extends VersionedRow = VersionedRow> {
  readonly table: TypedTable<R>;
  readonly key: Key;
  /** The new row; `undefined` if it is deleted. */
  readonly row: R | undefined;
  /** The row before this draft. */
  readonly stored: R | undefined;
}

/**
 * What a draft writes to rows with a version of their own. It is never modified, so that a rollback
 * can restore an earlier one.
 */
export class VersionedWrites {
  static readonly none: VersionedWrites = new VersionedWrites(new Map());
  readonly #writes: ReadonlyMap<string, VersionedWrite>;

  private constructor(writes: ReadonlyMap<string, VersionedWrite>) {
    this.#writes = writes;
  }

  get size(): number {
    return this.#writes.size;
  }

  find<R extends VersionedRow>(table: TypedTable<R>, key: Key): Written<R> | undefined {
    const write = this.#writes.get(nameOf(table, key));
    return write && { row: write.row as R | undefined }; // what was written to a table has its type
  }

  list<R extends VersionedRow>(table: TypedTable<R>): R[] {
    const writes = [...this.#writes.values()].filter((write) => write.table === table);
    return writes.flatMap(({ row }) => (row ? [row as R] : [])); // as above
  }

  /** With one write more. The row that is stored stays that of the first write. */
  with<R extends VersionedRow>({ table, key, row, stored }: VersionedWrite<R>): VersionedWrites {
    const name = nameOf(table, key);
    const written = this.#writes.get(name);
    const write = { table, key, row, stored: written ? written.stored : stored };
    return new VersionedWrites(new Map(this.#writes).set(name, write));
  }

  /** Adds the writes to a commit, each guarded by what was stored. */
  addTo(puts: Put[], deletes: Delete[], expects: Expect[]): void {
    for (const { table, key, row, stored } of this.#writes.values()) {
      if (row) puts.push(put(table, row, stored ?? null));
      else if (stored) deletes.push(deletion(table, key, stored));
      expects.push(stored ? expectVersion(table, key, stored.version) : expectAbsent(table, key));
    }
  }
}

function nameOf(table: TypedTable<VersionedRow>, key: Key): string {
  return JSON.stringify([table.id, ...key]);
}
