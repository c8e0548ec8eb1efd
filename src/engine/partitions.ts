import type { Index, Table } from './engine.ts';

/** Which partition rows and index entries are in. */

/**
 * How many leading columns of an index name the partition of an entry. 0: the index is a queue by
 * time.
 */
export function entryPartition(table: Table, index: Index): number {
  return index.partition ?? table.partition;
}

/**
 * Whether the entries of an index are in the partitions of their rows, and change in the same
 * instant.
 */
export function isBesideRows(table: Table, index: Index): boolean {
  const { partition, key } = table;
  if (entryPartition(table, index) !== partition) return false;
  return key.slice(0, partition).every((column, i) => column === index.columns[i]);
}
