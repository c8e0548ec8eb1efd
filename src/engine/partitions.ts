import type { Index, Table } from './engine.ts';

/** The partitions of rows and index entries. */

/** How many leading columns of an index name the partition of an entry. 0: a queue by time. */
export function entryPartition(table: Table, index: Index): number {
  return index.partition ?? table.partition;
}

/**
 * Whether the entries of an index are in the partitions of their rows, and change at the same
 * instant.
 */
export function isBesideRows(table: Table, index: Index): boolean {
  const { partition, key } = table;
  if (entryPartition(table, index) !== partition) return false;
  return key.slice(0, partition).every((column, i) => column === index.columns[i]);
}
