import type { Table } from '../engine/engine.ts';
import type { TypedTable } from './table.ts';
import * as declared from './tables.ts';

type DeclaredTable = (typeof declared)[keyof typeof declared];

export type TableName = DeclaredTable['name'];

/** The rows of every table of the store, by the table's name. */
export type StoredRows = {
  readonly [Table in DeclaredTable as Table['name']]: NonNullable<Table['rowType']>;
};

/** Every table of the store, in the order of their ids: the oldest come first. */
export const allTables: readonly TypedTable<unknown>[] = Object.values<TypedTable<unknown>>(
  declared,
).toSorted((a, b) => a.id - b.id);

/**
 * The tables whose rows belong to a thread, in the order in which its deletion empties them.
 * Streams come before their chunks, and comparisons before their votes, so that no late writer adds
 * rows to a parent that is gone.
 */
export function tablesOfThreads<T extends Table>(tables: readonly T[]): readonly T[] {
  const owned = tables.filter(({ parent }) => parent === declared.threads.name);
  return owned.toSorted((a, b) => a.id - b.id);
}
